package org.xenolith.cpu.isa;

import static org.xenolith.cpu.isa.Bits.nonzero;
import static org.xenolith.cpu.isa.Bits.sext;
import static org.xenolith.cpu.isa.Bits.zext;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.Rare;

/**
 * Multiplication and division (SDM vol. 1, 7.3.3). Of the flags that the manual leaves undefined
 * after a multiplication, SF and PF follow the low half and ZF and AF are clear, as on recent
 * hardware; division leaves all flags alone.
 */
public final class MulDiv {
    private MulDiv() {}

    public static void mul(Cpu c, long b, int size) {
        long a = zext(c.regs[Cpu.RAX], size);
        long v = zext(b, size);
        long low = a * v;
        if (size == 1) {
            c.writeReg(Cpu.RAX, low, 2);
            flags(c, sext(low, 1), low >>> 8);
            return;
        }
        long high = size == 8 ? Math.unsignedMultiplyHigh(a, v) : low >>> size * 8;
        c.writeReg(Cpu.RAX, low, size);
        c.writeReg(Cpu.RDX, high, size);
        flags(c, sext(low, size), high);
    }

    /** IMUL with one operand. */
    public static void imul1(Cpu c, long b, int size) {
        long a = c.readReg(Cpu.RAX, size);
        long low = a * b;
        if (size == 1) {
            c.writeReg(Cpu.RAX, low, 2);
            flags(c, sext(low, 1), sext(low, 1) ^ low);
            return;
        }
        long high = size == 8 ? Math.multiplyHigh(a, b) : low >> size * 8;
        long truncated = sext(low, size);
        c.writeReg(Cpu.RAX, low, size);
        c.writeReg(Cpu.RDX, high, size);
        flags(c, truncated, high ^ truncated >> 63);
    }

    public static long imul2(Cpu c, long a, long b, int size) {
        return product(c, a, b, size);
    }

    public static long imul3(Cpu c, long a, long b, int size) {
        return product(c, a, b, size);
    }

    private static long product(Cpu c, long a, long b, int size) {
        long low = a * b;
        long r = sext(low, size);
        long lost = size == 8 ? Math.multiplyHigh(a, b) ^ low >> 63 : r ^ low;
        flags(c, r, lost);
        return r;
    }

    public static void div(Cpu c, long b, int size) {
        long divisor = zext(b, size);
        if (divisor == 0) {
            throw c.fault(CpuFault.DE, 0);
        }
        long quotient;
        long remainder;
        if (size == 8) {
            long high = c.regs[Cpu.RDX];
            if (Long.compareUnsigned(high, divisor) >= 0) {
                throw c.fault(CpuFault.DE, 0);
            }
            quotient = divide128(high, c.regs[Cpu.RAX], divisor);
            remainder = c.regs[Cpu.RAX] - quotient * divisor;
        } else {
            long dividend = dividend(c, size, false);
            quotient = Long.divideUnsigned(dividend, divisor);
            remainder = Long.remainderUnsigned(dividend, divisor);
            if (zext(quotient, size) != quotient) {
                throw c.fault(CpuFault.DE, 0);
            }
        }
        finish(c, quotient, remainder, size);
    }

    public static void idiv(Cpu c, long b, int size) {
        if (b == 0) {
            throw c.fault(CpuFault.DE, 0);
        }
        long quotient;
        long remainder;
        if (size == 8) {
            long low = c.regs[Cpu.RAX];
            long high = c.regs[Cpu.RDX];
            boolean negative = high < 0;
            long magnitudeLow = negative ? -low : low;
            long magnitudeHigh = negative ? ~high + (low == 0 ? 1 : 0) : high;
            long divisor = Math.abs(b);
            if (Long.compareUnsigned(magnitudeHigh, divisor) >= 0) {
                throw c.fault(CpuFault.DE, 0);
            }
            long magnitude = divide128(magnitudeHigh, magnitudeLow, divisor);
            boolean negate = negative != b < 0;
            if (magnitude < 0 && !(negate && magnitude == Long.MIN_VALUE)) {
                throw c.fault(CpuFault.DE, 0);
            }
            quotient = negate ? -magnitude : magnitude;
            remainder = low - quotient * b;
        } else {
            long dividend = dividend(c, size, true);
            if (dividend == Long.MIN_VALUE && b == -1) {
                throw c.fault(CpuFault.DE, 0);
            }
            quotient = dividend / b;
            remainder = dividend % b;
            if (sext(quotient, size) != quotient) {
                throw c.fault(CpuFault.DE, 0);
            }
        }
        finish(c, quotient, remainder, size);
    }

    private static long dividend(Cpu c, int size, boolean signed) {
        if (size == 1) {
            long ax = c.regs[Cpu.RAX];
            return signed ? (short) ax : ax & 0xffff;
        }
        long value = zext(c.regs[Cpu.RDX], size) << size * 8 | zext(c.regs[Cpu.RAX], size);
        return signed && size == 2 ? (int) value : value;
    }

    private static void finish(Cpu c, long quotient, long remainder, int size) {
        if (size == 1) {
            c.writeReg(Cpu.RAX, quotient & 0xff | (remainder & 0xff) << 8, 2);
        } else {
            c.writeReg(Cpu.RAX, quotient, size);
            c.writeReg(Cpu.RDX, remainder, size);
        }
    }

    /** Unsigned 128 by 64 bits, with {@code high} below the divisor. */
    private static long divide128(long high, long low, long divisor) {
        return high == 0 ? Long.divideUnsigned(low, divisor) : longDivision(high, low, divisor);
    }

    /** Schoolbook, base 2^32. */
    @Rare
    private static long longDivision(long high, long low, long divisor) {
        int s = Long.numberOfLeadingZeros(divisor);
        long d = divisor << s;
        long n = s == 0 ? high : high << s | low >>> 64 - s;
        long rest = low << s;
        long q1 = digit(n, rest >>> 32, d);
        long n1 = (n << 32 | rest >>> 32) - q1 * d;
        long q0 = digit(n1, rest & 0xffffffffL, d);
        return q1 << 32 | q0;
    }

    private static long digit(long high, long low, long d) {
        long dHigh = d >>> 32;
        long dLow = d & 0xffffffffL;
        long q = Long.divideUnsigned(high, dHigh);
        long r = high - q * dHigh;
        while (q >>> 32 != 0 || Long.compareUnsigned(q * dLow, r << 32 | low) > 0) {
            q--;
            r += dHigh;
            if (r >>> 32 != 0) {
                break;
            }
        }
        return q;
    }

    /** CF and OF tell whether the high half has lost anything: whether {@code lost} is not 0. */
    private static void flags(Cpu c, long low, long lost) {
        long overflow = nonzero(lost);
        Flags.result(c, low | 0x100, overflow, overflow); // so ZF is 0, and SF and PF right
    }
}
