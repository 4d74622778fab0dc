package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.FpuState;

/**
 * The x87 instruction and operand pointers and the last opcode (SDM vol. 1, 8.1.8 and 8.1.9).
 *
 * <p>The engine calls {@link #instruction} and {@link #data} behind each x87 instruction whose
 * availability check is {@link FpuChecks#x87}, which leaves out the control instructions: one that
 * faults has changed nothing. An instruction that met an unmasked exception is known by the summary
 * bit, since it would not have run with an older one.
 */
public final class X87Pointers {
    private X87Pointers() {}

    /**
     * Records an instruction.
     *
     * @param ip its offset in the code segment
     * @param opcode low three bits of its first byte, and its second byte
     */
    public static void instruction(Cpu c, long ip, int opcode) {
        FpuState f = c.fpu;
        f.lastIp = ip;
        f.lastCs = c.selector[Cpu.CS];
        if (!f.opcodeOnException || pending(f)) {
            f.lastOpcode = opcode;
        }
    }

    /**
     * Records a memory operand.
     *
     * @param ea linear address
     * @param segment its segment
     * @param based 1 if the segment's base is part of the address, 0 if that has none
     */
    public static void data(Cpu c, long ea, int segment, int based) {
        FpuState f = c.fpu;
        if (f.dataOnException && !pending(f)) {
            return;
        }
        f.lastDp = ea;
        if (based != 0) {
            boolean wide = (c.mode & Cpu.MODE_SIZE) == Cpu.MODE_64;
            long offset = ea - c.segmentBase[segment];
            f.lastDp = wide ? offset : offset & 0xffffffffL;
        }
        f.lastDs = c.selector[segment];
    }

    private static boolean pending(FpuState f) {
        return (f.status & X87State.ES) != 0;
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
        return f.pointersOnException && !pending(f);
    }
}
