package org.xenolith.hvm.ops;

import org.xenolith.xen.hypercall.Errno;

/**
 * The parameters that a toolstack and a guest leave for each other (HVM_PARAM_* of
 * public/hvm/params.h), by number.
 */
public final class HvmParams {
    /** How the domain hears of events, unless a processor has a vector of its own. */
    public static final int CALLBACK_IRQ = 0;

    /** Guest frame and event channel of the xenstore ring. */
    public static final int STORE_PFN = 1;

    public static final int STORE_EVTCHN = 2;

    /** Guest frame and event channel of the console ring. */
    public static final int CONSOLE_PFN = 17;

    public static final int CONSOLE_EVTCHN = 18;

    /** 1 where the ACPI event ports are at 0xb000. */
    public static final int ACPI_IOPORTS_LOCATION = 19;

    private static final int VM86_TSS = 15;
    private static final int VM_GENERATION_ID_ADDR = 34;
    private static final int X87_FIP_WIDTH = 36;
    private static final int VM86_TSS_SIZED = 37;
    private static final int COUNT = 39;

    private final long[] values = new long[COUNT];

    /** A parameter as it stands; the toolstack's view. */
    public long get(int number) {
        return values[number];
    }

    /** Sets one; the toolstack's view. */
    public void set(int number, long value) {
        values[number] = value;
    }

    /** Whether a guest may read it, and write it if it is not one of the toolstack's rings. */
    private static boolean known(int number) {
        return switch (number) {
            case CALLBACK_IRQ,
                    STORE_PFN,
                    STORE_EVTCHN,
                    VM86_TSS,
                    CONSOLE_PFN,
                    CONSOLE_EVTCHN,
                    ACPI_IOPORTS_LOCATION,
                    VM_GENERATION_ID_ADDR,
                    X87_FIP_WIDTH,
                    VM86_TSS_SIZED ->
                    true;
            default -> false;
        };
    }

    /** 0, -EINVAL for no such parameter, or -EPERM for one that is not the guest's to read. */
    static int checkGet(long number) {
        if (number < 0 || number >= COUNT) {
            return -Errno.EINVAL;
        }
        return known((int) number) ? 0 : -Errno.EPERM;
    }

    /** The same for writing, and -EEXIST where a value that stays is to change. */
    int checkSet(long number, long value) {
        int rc = checkGet(number);
        if (rc != 0) {
            return rc;
        }
        return switch ((int) number) {
            case STORE_PFN, CONSOLE_PFN -> -Errno.EPERM;
            case STORE_EVTCHN, CONSOLE_EVTCHN, X87_FIP_WIDTH ->
                    values[(int) number] != 0 && values[(int) number] != value ? -Errno.EEXIST : 0;
            default -> 0;
        };
    }
}
