package org.xenolith.cpu.isa;

import static org.xenolith.cpu.isa.Bits.sext;
import static org.xenolith.cpu.isa.Bits.zext;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;

/**
 * Shifts and rotates (SDM vol. 1, 7.3.6). Counts are taken modulo 32, or 64 for 8-byte operands; a
 * count of zero changes no flag. OF, which the manual defines for a count of one only, is computed
 * by the same formula for all counts, as current hardware does; AF of shifts reads zero.
 */
public final class ShiftRotate {
    private ShiftRotate() {}

    public static long shl(Cpu c, long a, long count, int size) {
        int n = count(count, size);
        if (n == 0) {
            return a;
        }
        int bits = size * 8;
        long r = n >= bits ? 0 : sext(a << n, size);
        long carry = n <= bits ? a >>> bits - n & 1 : 0;
        Flags.result(c, r, carry, carry ^ r >>> 63);
        return r;
    }

    public static long shr(Cpu c, long a, long count, int size) {
        int n = count(count, size);
        if (n == 0) {
            return a;
        }
        long value = zext(a, size);
        long r = n >= size * 8 ? 0 : sext(value >>> n, size);
        long carry = n <= size * 8 ? value >>> n - 1 & 1 : 0;
        Flags.result(c, r, carry, n == 1 ? a >>> 63 : 0);
        return r;
    }

    public static long sar(Cpu c, long a, long count, int size) {
        int n = count(count, size);
        if (n == 0) {
            return a;
        }
        long r = a >> n;
        Flags.result(c, r, a >> n - 1 & 1, 0);
        return r;
    }

    public static long shld(Cpu c, long a, long b, long count, int size) {
        int n = count(count, size);
        if (n == 0) {
            return a;
        }
        int bits = size * 8;
        long r;
        long carry;
        if (n > bits) { // 16-bit operands only; the bits come from both operands in turn
            long wide = zext(a, 2) << 16 | zext(b, 2);
            r = (short) ((wide << n | zext(a, 2) << n - 16) >>> 16);
            carry = wide >>> 32 - n & 1;
        } else {
            r = n == bits ? b : sext(a << n | zext(b, size) >>> bits - n, size);
            carry = a >>> bits - n & 1;
        }
        Flags.result(c, r, carry, (a ^ r) >>> 63);
        return r;
    }

    public static long shrd(Cpu c, long a, long b, long count, int size) {
        int n = count(count, size);
        if (n == 0) {
            return a;
        }
        int bits = size * 8;
        long r;
        long carry;
        if (n > bits) {
            long wide = zext(b, 2) << 16 | zext(a, 2);
            r = (short) (wide >>> n | zext(a, 2) << 32 - n);
            carry = wide >>> n - 1 & 1;
        } else {
            r = n == bits ? b : sext(zext(a, size) >>> n | b << bits - n, size);
            carry = a >>> n - 1 & 1;
        }
        Flags.result(c, r, carry, (a ^ r) >>> 63);
        return r;
    }

    public static long rol(Cpu c, long a, long count, int size) {
        int masked = count(count, size);
        if (masked == 0) {
            return a;
        }
        int bits = size * 8;
        int n = masked & bits - 1;
        long v = zext(a, size);
        long r = n == 0 ? a : sext(v << n | v >>> bits - n, size);
        long carry = r & 1;
        Flags.setCarryAndOverflow(c, carry, carry ^ r >>> 63);
        return r;
    }

    public static long ror(Cpu c, long a, long count, int size) {
        int masked = count(count, size);
        if (masked == 0) {
            return a;
        }
        int bits = size * 8;
        int n = masked & bits - 1;
        long v = zext(a, size);
        long r = n == 0 ? a : sext(v >>> n | v << bits - n, size);
        Flags.setCarryAndOverflow(c, r >>> 63, (r ^ r << 1) >>> bits - 1 & 1);
        return r;
    }

    public static long rcl(Cpu c, long a, long count, int size) {
        int bits = size * 8;
        int masked = count(count, size);
        if (masked == 0) {
            return a;
        }
        int n = masked % (bits + 1);
        if (n == 0) { // all the way round
            long carry = Flags.carry(c);
            Flags.setCarryAndOverflow(c, carry, carry ^ a >>> 63);
            return a;
        }
        long v = zext(a, size);
        long in = Flags.carry(c);
        long r = v << n | in << n - 1 | (n > 1 ? v >>> bits + 1 - n : 0);
        if (n == bits) {
            r = in << n - 1 | v >>> 1;
        }
        r = sext(r, size);
        long carry = v >>> bits - n & 1;
        Flags.setCarryAndOverflow(c, carry, carry ^ r >>> 63);
        return r;
    }

    public static long rcr(Cpu c, long a, long count, int size) {
        int bits = size * 8;
        int masked = count(count, size);
        if (masked == 0) {
            return a;
        }
        int n = masked % (bits + 1);
        if (n == 0) { // all the way round
            Flags.setCarryAndOverflow(c, Flags.carry(c), (a ^ a << 1) >>> bits - 1 & 1);
            return a;
        }
        long v = zext(a, size);
        long in = Flags.carry(c);
        long r = (n == bits ? 0 : v >>> n) | in << bits - n;
        if (n > 1) {
            r |= v << bits + 1 - n;
        }
        r = sext(r, size);
        Flags.setCarryAndOverflow(c, v >>> n - 1 & 1, (r ^ r << 1) >>> bits - 1 & 1);
        return r;
    }

    private static int count(long count, int size) {
        return (int) count & (size == 8 ? 63 : 31);
    }
}
