package org.xenolith.pv.trap.state;

/**
 * Flat segments that the hypervisor provides in every GDT (public/arch-x86/xen-x86_64.h). On x86-64
 * the guest's kernel and its user programs share them: both run at privilege level 3.
 */
public final class Selectors {
    public static final int CODE_32 = 0xe023;
    public static final int CODE_64 = 0xe033;
    public static final int STACK = 0xe02b;

    private Selectors() {}

    /** Forces a guest's selector to the level guests run at. */
    public static int guestLevel(int selector) {
        return selector & 0xffff | 3;
    }
}
