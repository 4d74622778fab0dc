package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;

/** LDMXCSR and STMXCSR. */
public final class SseControl {
    /** Bits of MXCSR that may be set; also what FXSAVE reports as MXCSR_MASK. */
    static final int MXCSR_MASK = 0xffff;

    private SseControl() {}

    /** #GP if a reserved bit would be set. */
    static void checkMxcsr(Cpu c, int value) {
        if ((value & ~MXCSR_MASK) != 0) {
            throw c.generalProtection();
        }
    }

    public static void ldmxcsr(Cpu c, long ea) {
        int value = c.load32(ea);
        checkMxcsr(c, value);
        c.fpu.mxcsr = value;
    }

    public static void stmxcsr(Cpu c, long ea) {
        c.store32(ea, c.fpu.mxcsr);
    }
}
