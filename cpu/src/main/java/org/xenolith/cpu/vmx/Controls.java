package org.xenolith.cpu.vmx;

/** Bits of the control fields of a VMCS (SDM vol. 3C, 25.6 to 25.8). */
public final class Controls {
    // pin-based
    public static final int EXTERNAL_INTERRUPT_EXITING = 1;
    public static final int NMI_EXITING = 1 << 3;
    public static final int VIRTUAL_NMIS = 1 << 5;
    public static final int PREEMPTION_TIMER = 1 << 6;
    public static final int POSTED_INTERRUPTS = 1 << 7;

    // primary processor-based
    public static final int INTERRUPT_WINDOW_EXITING = 1 << 2;
    public static final int USE_TSC_OFFSETTING = 1 << 3;
    public static final int HLT_EXITING = 1 << 7;
    public static final int INVLPG_EXITING = 1 << 9;
    public static final int MWAIT_EXITING = 1 << 10;
    public static final int RDPMC_EXITING = 1 << 11;
    public static final int RDTSC_EXITING = 1 << 12;
    public static final int CR3_LOAD_EXITING = 1 << 15;
    public static final int CR3_STORE_EXITING = 1 << 16;
    public static final int CR8_LOAD_EXITING = 1 << 19;
    public static final int CR8_STORE_EXITING = 1 << 20;
    public static final int TPR_SHADOW = 1 << 21;
    public static final int NMI_WINDOW_EXITING = 1 << 22;
    public static final int MOV_DR_EXITING = 1 << 23;
    public static final int UNCONDITIONAL_IO_EXITING = 1 << 24;
    public static final int USE_IO_BITMAPS = 1 << 25;
    public static final int MONITOR_TRAP_FLAG = 1 << 27;
    public static final int USE_MSR_BITMAPS = 1 << 28;
    public static final int MONITOR_EXITING = 1 << 29;
    public static final int PAUSE_EXITING = 1 << 30;
    public static final int SECONDARY_CONTROLS = 1 << 31;

    // secondary processor-based
    public static final int VIRTUALIZE_APIC_ACCESSES = 1;
    public static final int ENABLE_EPT = 1 << 1;
    public static final int DESCRIPTOR_TABLE_EXITING = 1 << 2;
    public static final int ENABLE_RDTSCP = 1 << 3;
    public static final int VIRTUALIZE_X2APIC = 1 << 4;
    public static final int ENABLE_VPID = 1 << 5;
    public static final int WBINVD_EXITING = 1 << 6;
    public static final int UNRESTRICTED_GUEST = 1 << 7;
    public static final int APIC_REGISTER_VIRTUALIZATION = 1 << 8;
    public static final int VIRTUAL_INTERRUPT_DELIVERY = 1 << 9;
    public static final int PAUSE_LOOP_EXITING = 1 << 10;
    public static final int RDRAND_EXITING = 1 << 11;
    public static final int ENABLE_INVPCID = 1 << 12;
    public static final int VMCS_SHADOWING = 1 << 14;
    public static final int RDSEED_EXITING = 1 << 16;
    public static final int ENABLE_PML = 1 << 17;
    public static final int ENABLE_XSAVES = 1 << 20;
    public static final int MODE_BASED_EXECUTE = 1 << 22;

    // VM-exit
    public static final int EXIT_SAVE_DEBUG = 1 << 2;
    public static final int EXIT_HOST_64 = 1 << 9;
    public static final int EXIT_ACKNOWLEDGE = 1 << 15;
    public static final int EXIT_SAVE_PAT = 1 << 18;
    public static final int EXIT_LOAD_PAT = 1 << 19;
    public static final int EXIT_SAVE_EFER = 1 << 20;
    public static final int EXIT_LOAD_EFER = 1 << 21;
    public static final int EXIT_SAVE_TIMER = 1 << 22;

    // VM-entry
    public static final int ENTRY_LOAD_DEBUG = 1 << 2;
    public static final int ENTRY_GUEST_64 = 1 << 9;
    public static final int ENTRY_LOAD_PAT = 1 << 14;
    public static final int ENTRY_LOAD_EFER = 1 << 15;

    /** Interruption information: the field says something. */
    public static final int INTERRUPTION_VALID = 1 << 31;

    /** The same: there is an error code. */
    public static final int INTERRUPTION_ERROR_CODE = 1 << 11;

    /** The same: IRET had unblocked NMIs before the fault. */
    public static final int INTERRUPTION_NMI_UNBLOCKED = 1 << 12;

    /** The same: where the type begins. */
    public static final int INTERRUPTION_TYPE_SHIFT = 8;

    // interruptibility state
    public static final int BLOCKING_BY_STI = 1;
    public static final int BLOCKING_BY_MOV_SS = 1 << 1;
    public static final int BLOCKING_BY_NMI = 1 << 3;

    private Controls() {}
}
