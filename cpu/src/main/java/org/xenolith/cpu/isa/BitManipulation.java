package org.xenolith.cpu.isa;

import static org.xenolith.cpu.isa.Bits.nonzero;
import static org.xenolith.cpu.isa.Bits.sext;
import static org.xenolith.cpu.isa.Bits.zext;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.ExitReason;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.NonRoot;

/** BMI1, BMI2, LZCNT and ADX. Flags that the architecture leaves open keep what is cheap. */
public final class BitManipulation {
    private BitManipulation() {}

    private static long logic(Cpu c, long r, long carry) {
        Flags.result(c, r, carry, 0);
        return r;
    }

    // ---- BMI1 ----------------------------------------------------------------------------------

    public static long andn(Cpu c, long a, long b) {
        return logic(c, ~a & b, 0);
    }

    public static long blsr(Cpu c, long a, int size) {
        return logic(c, sext(a & a - 1, size), 1 - nonzero(a));
    }

    public static long blsmsk(Cpu c, long a, int size) {
        return logic(c, sext(a ^ a - 1, size), 1 - nonzero(a));
    }

    public static long blsi(Cpu c, long a, int size) {
        return logic(c, sext(a & -a, size), nonzero(a));
    }

    /** Bits from {@code control[7:0]} on, {@code control[15:8]} of them. */
    public static long bextr(Cpu c, long a, long control, int size) {
        int start = (int) control & 0xff;
        int length = (int) (control >> 8) & 0xff;
        long r = start > 63 ? 0 : zext(a, size) >>> start;
        r = length > 63 ? r : r & (1L << length) - 1;
        return logic(c, r, 0);
    }

    public static long tzcnt(Cpu c, long a, int size) {
        int bits = 8 * size;
        int count = Math.min(Long.numberOfTrailingZeros(a), bits);
        return counted(c, count, bits);
    }

    public static long lzcnt(Cpu c, long a, int size) {
        int bits = 8 * size;
        return counted(c, Long.numberOfLeadingZeros(zext(a, size)) - (64 - bits), bits);
    }

    private static long counted(Cpu c, int count, int bits) {
        Flags.setArithmetic(c, (count == bits ? Flags.CF : 0) | (count == 0 ? Flags.ZF : 0));
        return count;
    }

    // ---- BMI2 ----------------------------------------------------------------------------------

    /** Clears the bits from {@code index[7:0]} on. */
    public static long bzhi(Cpu c, long a, long index, int size) {
        int n = (int) index & 0xff;
        boolean all = n > 8 * size - 1;
        return logic(c, all ? a : a & (1L << n) - 1, all ? 1 : 0);
    }

    public static long pdep(Cpu c, long a, long mask, int size) {
        return Long.expand(a, zext(mask, size));
    }

    public static long pext(Cpu c, long a, long mask, int size) {
        return Long.compress(a, zext(mask, size));
    }

    /** If both destinations are the same register it gets the high half. */
    public static void mulx(Cpu c, int high, int low, long a, int size) {
        long x = zext(a, size);
        long y = zext(c.regs[Cpu.RDX], size);
        if (size == 8) {
            c.regs[low] = x * y;
            c.regs[high] = Math.unsignedMultiplyHigh(x, y);
        } else {
            c.regs[low] = x * y & 0xffffffffL;
            c.regs[high] = x * y >>> 32;
        }
    }

    public static long rorx(Cpu c, long a, long count, int size) {
        return size == 8
                ? Long.rotateRight(a, (int) count)
                : Integer.rotateRight((int) a, (int) count);
    }

    public static long shlx(Cpu c, long a, long count, int size) {
        return a << (count & 8 * size - 1);
    }

    public static long shrx(Cpu c, long a, long count, int size) {
        return zext(a, size) >>> (count & 8 * size - 1);
    }

    public static long sarx(Cpu c, long a, long count, int size) {
        return a >> (count & 8 * size - 1);
    }

    // ---- ADX: additions whose carry goes in and out by CF or OF alone --------------------------

    public static long adcx(Cpu c, long a, long b, int size) {
        return addWith(c, a, b, size, Flags.CF);
    }

    public static long adox(Cpu c, long a, long b, int size) {
        return addWith(c, a, b, size, Flags.OF);
    }

    private static long addWith(Cpu c, long a, long b, int size, int flag) {
        int flags = Flags.arithmetic(c);
        long carry = (flags & flag) != 0 ? 1 : 0;
        long x = zext(a, size);
        long y = zext(b, size);
        long r = x + y + carry;
        boolean out = size == 8 ? (x & y | (x | y) & ~r) < 0 : r >>> 32 != 0;
        Flags.setArithmetic(c, flags & ~flag | (out ? flag : 0));
        return r;
    }

    // ---- random numbers ------------------------------------------------------------------------

    /** RDRAND: there is always a number. */
    public static long rdrand(Cpu c, int size) {
        NonRoot.check(c, ExitReason.RDRAND);
        return random(c);
    }

    /** RDSEED: as RDRAND. */
    public static long rdseed(Cpu c, int size) {
        NonRoot.check(c, ExitReason.RDSEED);
        return random(c);
    }

    private static long random(Cpu c) {
        Flags.setArithmetic(c, Flags.CF);
        return c.random.next();
    }
}
