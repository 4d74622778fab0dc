package org.xenolith.cpu.system;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;

/**
 * A stack that is being pushed to or popped from, current or to come. RSP is written by {@link
 * #commit} only, so that a fault leaves it alone.
 */
final class StackView {
    private static final int EXPAND_DOWN = Cpu.ACCESS_CONFORMING;

    private final Cpu cpu;
    private final boolean flat;
    private final long base;
    private final long limit;
    private final int access;
    private final int width;
    private final int cpl;
    private final int error;
    private long sp;

    private StackView(
            Cpu cpu, boolean flat, long base, long limit, int access, long sp, int cpl, int error) {
        this.cpu = cpu;
        this.flat = flat;
        this.base = base;
        this.limit = limit;
        this.access = access;
        this.width = flat ? 8 : (access & Cpu.ACCESS_BIG) != 0 ? 4 : 2;
        this.cpl = cpl;
        this.error = error;
        this.sp = sp & mask();
    }

    /** The stack in use. */
    static StackView current(Cpu c) {
        boolean flat = (c.mode & Cpu.MODE_SIZE) == Cpu.MODE_64;
        return new StackView(
                c,
                flat,
                c.segmentBase[Cpu.SS],
                c.segmentLimit[Cpu.SS],
                c.segmentAccess[Cpu.SS],
                c.regs[Cpu.RSP],
                c.cpl,
                0);
    }

    /** A stack of 64-bit mode, used at privilege level {@code cpl}. */
    static StackView flat(Cpu c, long sp, int cpl) {
        return new StackView(c, true, 0, 0, 0, sp, cpl, 0);
    }

    /** The stack of a segment that is not loaded yet; #SS carries its selector. */
    static StackView segment(Cpu c, SegmentImage ss, long sp, int cpl) {
        return new StackView(
                c, false, ss.base(), ss.limit(), ss.access(), sp, cpl, ss.selector() & 0xfffc);
    }

    long pointer() {
        return sp;
    }

    /** Moves the pointer up, as when parameters are released. */
    void release(int bytes) {
        sp = sp + bytes & mask();
    }

    /** Rounds the pointer down, as 64-bit event delivery does. */
    void align16() {
        sp &= ~15L;
    }

    /**
     * Pushes the low {@code size} bytes.
     *
     * @throws CpuFault #SS, #PF
     */
    void push(long value, int size) {
        long at = sp - size & mask();
        long va = linear(at, size);
        if (cpl < 3) {
            switch (size) {
                case 2 -> cpu.storeSystem16(va, (short) value);
                case 4 -> cpu.storeSystem32(va, (int) value);
                default -> cpu.storeSystem64(va, value);
            }
        } else {
            cpu.store(va, value, size);
        }
        sp = at;
    }

    /** Pops {@code size} bytes, zero-extended. */
    long pop(int size) {
        long value = peek(0, size);
        release(size);
        return value;
    }

    /** Reads {@code size} bytes above the pointer, zero-extended. */
    long peek(int offset, int size) {
        long va = linear(sp + offset & mask(), size);
        return switch (size) {
            case 2 -> cpu.load16(va) & 0xffff;
            case 4 -> cpu.load32(va) & 0xffffffffL;
            default -> cpu.load64(va);
        };
    }

    /** Makes the pointer RSP, ESP or SP. */
    void commit() {
        cpu.writeReg(Cpu.RSP, sp, width);
    }

    private long mask() {
        return width == 8 ? -1 : (1L << 8 * width) - 1;
    }

    private long linear(long offset, int size) {
        if (flat) {
            if (!cpu.canonical(offset) || (offset ^ offset + size - 1) < 0) {
                throw cpu.fault(CpuFault.SS, error);
            }
            return offset;
        }
        long last = offset + size - 1;
        boolean inside =
                (access & EXPAND_DOWN) != 0 && (access & Cpu.ACCESS_CODE) == 0
                        ? offset > limit && last <= (width == 4 ? 0xffffffffL : 0xffff)
                        : last <= limit;
        if (!inside || (access & Cpu.ACCESS_UNUSABLE) != 0) {
            throw cpu.fault(CpuFault.SS, error);
        }
        return base + offset & 0xffffffffL;
    }
}
