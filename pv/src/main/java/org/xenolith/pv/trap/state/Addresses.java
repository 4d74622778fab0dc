package org.xenolith.pv.trap.state;

/** Which linear addresses a 64-bit PV guest may name (public/arch-x86/xen-x86_64.h). */
public final class Addresses {
    /** First byte of the range that belongs to the hypervisor. */
    public static final long HYPERVISOR_START = 0xffff800000000000L;

    /** First byte after the hypervisor's range. */
    public static final long HYPERVISOR_END = 0xffff880000000000L;

    private Addresses() {}

    /** Whether bits 63 to 47 are all equal. */
    public static boolean canonical(long va) {
        return va << 16 >> 16 == va;
    }

    /** Whether {@code va} lies in the hypervisor's range. */
    public static boolean hypervisor(long va) {
        return va >= HYPERVISOR_START && va < HYPERVISOR_END;
    }

    /** Whether the guest may ask the hypervisor to use {@code va} on its behalf. */
    public static boolean allowed(long va) {
        return canonical(va) && !hypervisor(va);
    }
}
