package org.xenolith.cpu.isa;

import static org.xenolith.cpu.isa.Bits.zext;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;

/**
 * String instructions (SDM vol. 1, 7.3.9). A repeated one runs in portions of at most {@value
 * #PORTION} elements: after each, RIP points at the instruction again, so that no single step takes
 * unbounded time. RCX, RSI and RDI are exact when an element faults.
 */
public final class Strings {
    private static final int PORTION = 1 << 16;

    private Strings() {}

    public static void movs(Cpu c, int size, int repeat, int addressSize, int segment, int length) {
        long[] r = c.regs;
        int step = step(c, size);
        if (repeat == 0) {
            long value = c.load(source(c, segment, size, addressSize), size);
            c.store(target(c, size, addressSize, true), value, size);
            advance(c, Cpu.RSI, step, addressSize);
            advance(c, Cpu.RDI, step, addressSize);
            return;
        }
        long left = zext(r[Cpu.RCX], addressSize);
        for (int budget = portion(c); left != 0 && budget > 0; ) {
            long from = source(c, segment, size, addressSize);
            int run = 0;
            if (bulk(c, step, segment)) {
                long to = target(c, size, addressSize, true);
                run = run(from, to, left, budget, size);
                long source = run == 0 ? -1 : c.readable(from);
                long target = run == 0 || source < 0 ? -1 : c.writable(to, run * size);
                if (target < 0 || source < target && target < source + (long) run * size) {
                    run = 0;
                } else {
                    c.ram.copy(source, target, (long) run * size);
                }
            }
            if (run == 0) {
                long value = c.load(from, size); // ahead of the checks of the target
                c.store(target(c, size, addressSize, true), value, size);
                run = 1;
            }
            advance(c, Cpu.RSI, run * (long) step, addressSize);
            advance(c, Cpu.RDI, run * (long) step, addressSize);
            left -= run;
            budget -= run;
            c.writeReg(Cpu.RCX, left, addressSize);
        }
        again(c, left != 0, length);
    }

    public static void stos(Cpu c, int size, int repeat, int addressSize, int length) {
        long[] r = c.regs;
        int step = step(c, size);
        long value = r[Cpu.RAX];
        if (repeat == 0) {
            c.store(target(c, size, addressSize, true), value, size);
            advance(c, Cpu.RDI, step, addressSize);
            return;
        }
        long left = zext(r[Cpu.RCX], addressSize);
        for (int budget = portion(c); left != 0 && budget > 0; ) {
            long to = target(c, size, addressSize, true);
            int run = bulk(c, step, -1) ? run(to, to, left, budget, size) : 0;
            long target = run == 0 ? -1 : c.writable(to, run * size);
            if (target >= 0) {
                c.ram.fill(target, run, value, size);
            } else {
                c.store(to, value, size);
                run = 1;
            }
            advance(c, Cpu.RDI, run * (long) step, addressSize);
            left -= run;
            budget -= run;
            c.writeReg(Cpu.RCX, left, addressSize);
        }
        again(c, left != 0, length);
    }

    public static void lods(Cpu c, int size, int repeat, int addressSize, int segment, int length) {
        int step = step(c, size);
        long left = repeat == 0 ? 1 : zext(c.regs[Cpu.RCX], addressSize);
        for (int budget = portion(c); left != 0 && budget > 0; budget--) {
            long value = c.load(source(c, segment, size, addressSize), size);
            c.writeReg(Cpu.RAX, value, size);
            advance(c, Cpu.RSI, step, addressSize);
            left--;
            count(c, repeat, left, addressSize);
        }
        again(c, left != 0, length);
    }

    public static void scas(Cpu c, int size, int repeat, int addressSize, int length) {
        int step = step(c, size);
        long left = repeat == 0 ? 1 : zext(c.regs[Cpu.RCX], addressSize);
        long a = c.readReg(Cpu.RAX, size);
        boolean more = left != 0;
        for (int budget = portion(c); more && budget > 0; budget--) {
            long b = c.load(target(c, size, addressSize, false), size);
            Arithmetic.cmp(c, a, b, size);
            advance(c, Cpu.RDI, step, addressSize);
            left--;
            count(c, repeat, left, addressSize);
            more = left != 0 && (a == b) == (repeat == 0xf3);
        }
        again(c, more, length);
    }

    public static void cmps(Cpu c, int size, int repeat, int addressSize, int segment, int length) {
        int step = step(c, size);
        long left = repeat == 0 ? 1 : zext(c.regs[Cpu.RCX], addressSize);
        boolean more = left != 0;
        for (int budget = portion(c); more && budget > 0; budget--) {
            long a = c.load(source(c, segment, size, addressSize), size);
            long b = c.load(target(c, size, addressSize, false), size);
            Arithmetic.cmp(c, a, b, size);
            advance(c, Cpu.RSI, step, addressSize);
            advance(c, Cpu.RDI, step, addressSize);
            left--;
            count(c, repeat, left, addressSize);
            more = left != 0 && (a == b) == (repeat == 0xf3);
        }
        again(c, more, length);
    }

    /** Linear address of the element at SI. */
    private static long source(Cpu c, int segment, int size, int addressSize) {
        return c.linearData(segment, zext(c.regs[Cpu.RSI], addressSize), size, false);
    }

    /** Linear address of the element at ES:DI. */
    private static long target(Cpu c, int size, int addressSize, boolean write) {
        return c.linearData(Cpu.ES, zext(c.regs[Cpu.RDI], addressSize), size, write);
    }

    /** Whether many elements may be done at once: no limit or wrap-around can come between. */
    private static boolean bulk(Cpu c, int step, int segment) {
        boolean flat64 = (c.mode & Cpu.MODE_SIZE) == Cpu.MODE_64;
        boolean flat32 =
                (c.mode & Cpu.MODE_SEGMENTED) == 0
                        && (segment < 0 || segment < Cpu.FS && segment != Cpu.CS);
        return step > 0 && (flat64 || flat32);
    }

    /** Elements, ascending, that stay within both pages, the count and the portion. */
    private static int run(long from, long to, long left, int budget, int size) {
        int inPage = 4096 - Math.max((int) from & 4095, (int) to & 4095);
        long most = Math.min(inPage / size, budget);
        return (int) (Long.compareUnsigned(left, most) < 0 ? left : most);
    }

    /** Elements until the next boundary: debug traps come after each (SDM vol. 3B, 18.3.1.1). */
    private static int portion(Cpu c) {
        boolean traps = (c.eflags & Flags.TF) != 0 || c.breakpointsEnabled();
        return traps ? 1 : PORTION;
    }

    private static int step(Cpu c, int size) {
        return (c.eflags & Flags.DF) == 0 ? size : -size;
    }

    private static void advance(Cpu c, int register, long step, int addressSize) {
        c.writeReg(register, c.regs[register] + step, addressSize);
    }

    private static void count(Cpu c, int repeat, long left, int addressSize) {
        if (repeat != 0) {
            c.writeReg(Cpu.RCX, left, addressSize);
        }
    }

    private static void again(Cpu c, boolean more, int length) {
        if (more) {
            c.rip -= length;
        }
    }
}
