package org.xenolith.cpu.state;

/**
 * A processor exception on its way from the instruction that raised it to the run loop.
 *
 * <p>Each {@link Cpu} owns one instance, without a stack trace, so that raising costs no
 * allocation. The vector and error code stand in the fields, the faulting linear address of a page
 * fault in {@link Cpu#cr2}.
 */
public final class CpuFault extends RuntimeException {
    /** #DE divide error. */
    public static final int DE = 0;

    /** #DB debug. */
    public static final int DB = 1;

    /** #BP breakpoint (trap). */
    public static final int BP = 3;

    /** #OF overflow (trap). */
    public static final int OF = 4;

    /** #BR bound range exceeded. */
    public static final int BR = 5;

    /** #UD undefined opcode. */
    public static final int UD = 6;

    /** #NM device not available. */
    public static final int NM = 7;

    /** #DF double fault. */
    public static final int DF = 8;

    /** #TS invalid TSS. */
    public static final int TS = 10;

    /** #NP segment not present. */
    public static final int NP = 11;

    /** #SS stack-segment fault. */
    public static final int SS = 12;

    /** #GP general protection. */
    public static final int GP = 13;

    /** #PF page fault. */
    public static final int PF = 14;

    /** #MF x87 floating-point error. */
    public static final int MF = 16;

    /** #AC alignment check. */
    public static final int AC = 17;

    /** #XM SIMD floating-point exception. */
    public static final int XM = 19;

    /**
     * No exception but a VM exit, with the basic exit reason (SDM vol. 3D, appendix C) in place of
     * the error code. The instruction has not retired.
     */
    public static final int VM_EXIT = 256;

    /** Vector, 0..31 (SDM vol. 3A, 7.3.1), or {@link #VM_EXIT}. */
    public int vector;

    /** Error code, 0 where the vector has none. */
    public int errorCode;

    /**
     * The #GP of an access at a non-canonical address, which becomes #SS if the address belongs to
     * the stack segment. Cleared by {@link Cpu#fault}.
     */
    public boolean nonCanonical;

    CpuFault() {
        super(null, null, false, false);
    }

    /** Whether the processor pushes an error code for {@code vector} (SDM vol. 3A, table 7-1). */
    public static boolean hasErrorCode(int vector) {
        return switch (vector) {
            case DF, TS, NP, SS, GP, PF, AC, 21 -> true;
            default -> false;
        };
    }
}
