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

    /** {@link #recorded}: there was an instruction. */
    public static final int RECORDED = 1 << 16;

    /** {@link #recorded}: it has a memory operand. */
    public static final int RECORDED_DATA = 1 << 17;

    private static final int OPCODE = 0x7ff;

    /** Status word: an unmasked exception is pending. */
    private static final int SUMMARY = 0x80;

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

    /**
     * FOP of the last recorded instruction, {@link #RECORDED}, and {@link #RECORDED_DATA} if it has
     * a memory operand; 0 once {@link #settle} has looked at it. What {@code last...} say is older.
     */
    public int recorded;

    /** Its offset in the code segment. */
    public long recordedIp;

    /** Offset of the last memory operand since then. */
    public long recordedDp;

    /** Its segment, or -1 if there was none. */
    public int recordedSegment = -1;

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

    /**
     * Brings FIP, FCS, FDP, FDS and FOP up to date: before they are read, before a segment register
     * changes, and before the exception that the last instruction has met is cleared.
     *
     * @param selectors of the segment registers
     */
    public void settle(int[] selectors) {
        if (recorded == 0) {
            return;
        }
        // it would not have run with an older exception
        boolean exception = (status & SUMMARY) != 0;
        lastIp = recordedIp;
        lastCs = selectors[Cpu.CS];
        if (exception || !opcodeOnException) {
            lastOpcode = recorded & OPCODE;
        }
        boolean data = exception && (recorded & RECORDED_DATA) != 0;
        if (recordedSegment >= 0 && (data || !dataOnException)) {
            lastDp = recordedDp;
            lastDs = selectors[recordedSegment];
        }
        forget();
    }

    /** Drops what was recorded: the registers get other contents. */
    public void forget() {
        recorded = 0;
        recordedSegment = -1;
    }
}
