package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.FpuState;

/**
 * The x87 instruction and operand pointers and the last opcode (SDM vol. 1, 8.1.8 and 8.1.9).
 *
 * <p>The engine notes each x87 instruction whose availability check is {@link FpuChecks#x87}, which
 * leaves out the control instructions, once it can no longer fault: two or four stores. What the
 * registers hold is worked out by {@link FpuState#settle}.
 */
public final class X87Pointers {
    private X87Pointers() {}

    /**
     * Offset of a memory operand in a segment whose base is part of its address.
     *
     * @param ea linear address
     */
    public static long offset(Cpu c, long ea, int segment) {
        boolean wide = (c.mode & Cpu.MODE_SIZE) == Cpu.MODE_64;
        long offset = ea - c.segmentBase[segment];
        return wide ? offset : offset & 0xffffffffL;
    }

    /** The registers, up to date. */
    static FpuState settled(Cpu c) {
        c.fpu.settle(c.selector);
        return c.fpu;
    }

    /** FCS as instructions store it: zero where CPUID says that it is deprecated. */
    static int cs(FpuState f) {
        return f.zeroSelectors ? 0 : f.lastCs;
    }

    /** FDS as instructions store it. */
    static int ds(FpuState f) {
        return f.zeroSelectors ? 0 : f.lastDs;
    }

    /**
     * Whether FXSAVE and XSAVE store zeros for pointers and opcode: AMD's do unless an unmasked
     * exception is pending (APM vol. 2, 11.4.4.3).
     */
    static boolean hidden(FpuState f) {
        return f.pointersOnException && (f.status & X87State.ES) == 0;
    }
}
