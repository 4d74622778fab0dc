package org.xenolith.cpu.vmx;

import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.model.Feature;

/**
 * What the VMX of a processor model can do, as the capability MSRs tell (SDM vol. 3D, appendix A).
 * Of each kind of controls there are those that must be 1 and those that may be.
 */
public final class Capabilities {
    /** First and last of the capability MSRs. */
    public static final int BASIC = 0x480;

    public static final int LAST = 0x490;

    /** MSR lists may have that many entries. */
    static final int MOST_MSRS = 512;

    static final int MOST_CR3_TARGETS = 4;

    /** The preemption timer counts when this bit of the TSC changes: as on hardware, each 32. */
    static final int TIMER_SHIFT = 5;

    // Controls that are 1 where software does not know of them, and those among them that it may
    // clear if it does.
    private static final int PIN_DEFAULT = 0x16;
    private static final int PRIMARY_DEFAULT = 0x0401e172;
    private static final int PRIMARY_REQUIRED = 0x04006172;
    private static final int EXIT_DEFAULT = 0x00036dff;
    private static final int EXIT_REQUIRED = 0x00036dfb;
    private static final int ENTRY_DEFAULT = 0x000011ff;
    private static final int ENTRY_REQUIRED = 0x000011fb;

    private static final int PRIMARY =
            Controls.INTERRUPT_WINDOW_EXITING
                    | Controls.USE_TSC_OFFSETTING
                    | Controls.HLT_EXITING
                    | Controls.INVLPG_EXITING
                    | Controls.MWAIT_EXITING
                    | Controls.RDPMC_EXITING
                    | Controls.RDTSC_EXITING
                    | Controls.CR3_LOAD_EXITING
                    | Controls.CR3_STORE_EXITING
                    | Controls.CR8_LOAD_EXITING
                    | Controls.CR8_STORE_EXITING
                    | Controls.TPR_SHADOW
                    | Controls.NMI_WINDOW_EXITING
                    | Controls.MOV_DR_EXITING
                    | Controls.UNCONDITIONAL_IO_EXITING
                    | Controls.USE_IO_BITMAPS
                    | Controls.MONITOR_TRAP_FLAG
                    | Controls.USE_MSR_BITMAPS
                    | Controls.MONITOR_EXITING
                    | Controls.PAUSE_EXITING
                    | Controls.SECONDARY_CONTROLS;
    private static final int SECONDARY =
            Controls.VIRTUALIZE_APIC_ACCESSES
                    | Controls.ENABLE_EPT
                    | Controls.DESCRIPTOR_TABLE_EXITING
                    | Controls.VIRTUALIZE_X2APIC
                    | Controls.ENABLE_VPID
                    | Controls.WBINVD_EXITING
                    | Controls.UNRESTRICTED_GUEST
                    | Controls.APIC_REGISTER_VIRTUALIZATION
                    | Controls.VIRTUAL_INTERRUPT_DELIVERY
                    | Controls.ENABLE_PML
                    | Controls.MODE_BASED_EXECUTE
                    | Controls.VMCS_SHADOWING;

    private static final long MEMORY_WRITE_BACK = 6L << 50;
    private static final long STRING_IO_INFORMATION = 1L << 54;
    private static final long TRUE_CONTROLS = 1L << 55;
    private static final long REGION_BYTES = 4096L << 32;
    private static final long SAVES_LMA = 1 << 5;
    private static final long ACTIVITY_STATES = 7 << 6;
    private static final long WRITES_ANY_FIELD = 1 << 29;
    private static final long INJECTS_LENGTH_0 = 1 << 30;
    private static final int CR0_REQUIRED = 0x80000021;
    private static final int CR4_REQUIRED = 1 << 13;
    private static final long MASK_32 = 0xffffffffL;

    private final int secondary;
    private final long cr4;

    /** The capabilities of a model. */
    public Capabilities(CpuModel model) {
        int more = SECONDARY;
        more |= model.has(Feature.RDRAND) ? Controls.RDRAND_EXITING : 0;
        more |= model.has(Feature.RDSEED) ? Controls.RDSEED_EXITING : 0;
        more |= model.has(Feature.RDTSCP) ? Controls.ENABLE_RDTSCP : 0;
        more |= model.has(Feature.INVPCID) ? Controls.ENABLE_INVPCID : 0;
        more |= model.has(Feature.XSAVES) ? Controls.ENABLE_XSAVES : 0;
        secondary = more;
        cr4 = model.cr4() | CR4_REQUIRED;
    }

    /** Pin-based controls: low half those that must be 1, high half those that may be. */
    long pinBased() {
        int allowed =
                Controls.EXTERNAL_INTERRUPT_EXITING
                        | Controls.NMI_EXITING
                        | Controls.VIRTUAL_NMIS
                        | Controls.PREEMPTION_TIMER
                        | Controls.POSTED_INTERRUPTS;
        return pair(PIN_DEFAULT, allowed | PIN_DEFAULT);
    }

    long primary() {
        return pair(PRIMARY_REQUIRED, PRIMARY | PRIMARY_DEFAULT);
    }

    long secondary() {
        return pair(0, secondary);
    }

    long exit() {
        int allowed =
                Controls.EXIT_SAVE_DEBUG
                        | Controls.EXIT_HOST_64
                        | Controls.EXIT_ACKNOWLEDGE
                        | Controls.EXIT_SAVE_PAT
                        | Controls.EXIT_LOAD_PAT
                        | Controls.EXIT_SAVE_EFER
                        | Controls.EXIT_LOAD_EFER
                        | Controls.EXIT_SAVE_TIMER;
        return pair(EXIT_REQUIRED, allowed | EXIT_DEFAULT);
    }

    long entry() {
        int allowed =
                Controls.ENTRY_LOAD_DEBUG
                        | Controls.ENTRY_GUEST_64
                        | Controls.ENTRY_LOAD_PAT
                        | Controls.ENTRY_LOAD_EFER;
        return pair(ENTRY_REQUIRED, allowed | ENTRY_DEFAULT);
    }

    private static long pair(int required, int allowed) {
        return required & MASK_32 | (long) allowed << 32;
    }

    /** As the MSRs have it for software that knows only the first processors. */
    private static long withDefaults(long pair, int defaults) {
        return pair | defaults & MASK_32;
    }

    long cr0Required() {
        return CR0_REQUIRED & MASK_32;
    }

    long cr4Required() {
        return CR4_REQUIRED;
    }

    /** CR4 bits that may be 1. */
    public long cr4Allowed() {
        return cr4;
    }

    /** Whether VMREAD and VMWRITE know a field: it belongs to something that exists. */
    boolean has(VmcsField field) {
        return switch (field) {
            case EPTP_INDEX,
                    EPTP_LIST_ADDRESS,
                    VM_FUNCTION_CONTROLS,
                    VIRTUALIZATION_EXCEPTION_ADDRESS,
                    ENCLS_EXITING_BITMAP,
                    SPP_TABLE_POINTER,
                    TSC_MULTIPLIER,
                    GUEST_IA32_PERF_GLOBAL_CTRL,
                    HOST_IA32_PERF_GLOBAL_CTRL,
                    GUEST_IA32_BNDCFGS ->
                    false;
            case XSS_EXITING_BITMAP -> (secondary & Controls.ENABLE_XSAVES) != 0;
            default -> true;
        };
    }

    /** Highest index of a field, in bits 9:1. */
    private long highestIndex() {
        long highest = 0;
        for (VmcsField field : VmcsField.values()) {
            highest = has(field) ? Math.max(highest, field.encoding & 0x3fe) : highest;
        }
        return highest;
    }

    /** RDMSR of one of them, {@link #BASIC} to {@link #LAST}. */
    public long read(int msr) {
        return switch (msr - BASIC) {
            case 0 ->
                    MemoryVmcs.REVISION
                            | REGION_BYTES
                            | MEMORY_WRITE_BACK
                            | STRING_IO_INFORMATION
                            | TRUE_CONTROLS;
            case 1 -> withDefaults(pinBased(), PIN_DEFAULT);
            case 2 -> withDefaults(primary(), PRIMARY_DEFAULT);
            case 3 -> withDefaults(exit(), EXIT_DEFAULT);
            case 4 -> withDefaults(entry(), ENTRY_DEFAULT);
            case 5 ->
                    TIMER_SHIFT
                            | SAVES_LMA
                            | ACTIVITY_STATES
                            | MOST_CR3_TARGETS << 16
                            | WRITES_ANY_FIELD
                            | INJECTS_LENGTH_0;
            case 6 -> cr0Required();
            case 7 -> MASK_32;
            case 8 -> cr4Required();
            case 9 -> cr4;
            case 10 -> highestIndex();
            case 11 -> secondary();
            case 12 -> EptVpid.CAPABILITIES;
            case 13 -> pinBased();
            case 14 -> primary();
            case 15 -> exit();
            default -> entry();
        };
    }
}
