package org.xenolith.xen.hypercall;

/**
 * Where the fields of shared_info and vcpu_info are (public/xen.h), as offsets. The processors'
 * vcpu_info come first, in 0x800 bytes; arrays of a word a selector bit follow for pending and for
 * masked events, then the date.
 */
public final class SharedInfo {
    private static final int VCPU_INFOS = 0x800;

    /** The date's version, seconds and nanoseconds take three words of 32 bits. */
    private static final int WALLCLOCK = 12;

    /** Six words of arch_shared_info stand before the rest of the date in the 32-bit layout. */
    private static final int ARCH_WORDS = 6 * 4;

    private SharedInfo() {}

    /** evtchn_pending. */
    public static int pending() {
        return VCPU_INFOS;
    }

    /** evtchn_mask. */
    public static int mask(GuestAbi abi) {
        return VCPU_INFOS + abi.ports() / 8;
    }

    /** wc_version, wc_sec and wc_nsec: 32 bits each. */
    public static int wallclock(GuestAbi abi) {
        return VCPU_INFOS + 2 * (abi.ports() / 8);
    }

    /** wc_sec_hi, 32 bits. */
    public static int wallclockHigh(GuestAbi abi) {
        return wallclock(abi) + WALLCLOCK + (abi == GuestAbi.I386 ? ARCH_WORDS : 0);
    }

    /** evtchn_pending_sel, within a vcpu_info. */
    public static int selector(GuestAbi abi) {
        return abi.word;
    }
}
