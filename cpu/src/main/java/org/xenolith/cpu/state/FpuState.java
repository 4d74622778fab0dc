package org.xenolith.cpu.state;

/**
 * x87 and vector registers (SDM vol. 1, chapters 8 and 10).
 *
 * <p>MMX registers are the significands of the physical x87 registers.
 */
public final class FpuState {
    /** longs per vector register: 256 bits. */
    public static final int LANES = 4;

    /** Index of the scratch register through which instructions read vector memory operands. */
    public static final int SCRATCH = 16;

    /** Index of the register where results wait until no element can fault any more. */
    public static final int RESULT = 17;

    /** YMM0..15 (XMM in lanes 0 and 1 of each group of {@link #LANES}), then the internal two. */
    public final long[] vec = new long[18 * LANES];

    /** Significands of the physical registers R0..R7 (not rotated by TOP). */
    public final long[] significand = new long[8];

    /** Sign (bit 15) and biased exponent of R0..R7. */
    public final int[] signExponent = new int[8];

    /** FPU control word. */
    public int control = 0x37f;

    /** FPU status word; TOP in bits 13..11. */
    public int status;

    /** Full tag word, two bits per physical register, 3 = empty. */
    public int tag = 0xffff;

    /** Last opcode (FOP), 11 bits. */
    public int lastOpcode;

    /** Last instruction's offset (FIP). */
    public long lastIp;

    /** Last instruction's code segment (FCS). */
    public int lastCs;

    /** Last memory operand's offset (FDP). */
    public long lastDp;

    /** Last memory operand's segment (FDS). */
    public int lastDs;

    /** FCS and FDS are deprecated and stored as zeros (CPUID leaf 7, EBX bit 13). */
    public boolean zeroSelectors;

    /** FOP is recorded with unmasked exceptions only. */
    public boolean opcodeOnException;

    /** FDP and FDS are recorded with unmasked exceptions only (CPUID leaf 7, EBX bit 6). */
    public boolean dataOnException;

    /** FXSAVE and XSAVE store FIP, FDP and FOP while an unmasked exception is pending only. */
    public boolean pointersOnException;

    /** IGNNE#: pending exceptions do not stop instructions while CR0.NE is clear. */
    public boolean ignored;

    /** MXCSR. */
    public int mxcsr = 0x1f80;
}
