package org.xenolith.pv.mm;

import org.xenolith.xen.domain.Domain;

/**
 * The L4 slots 256 to 271 (ffff8000_00000000 to ffff87ff_ffffffff), which belong to Xen in each PV
 * address space. Two are filled: the M2P, and the domain's own area with the descriptor tables of
 * its processors.
 */
final class XenSlots {
    private static final int FIRST = 256;
    private static final int LAST = 271;
    private static final int M2P = 256;
    private static final int PER_DOMAIN = 260;

    /** Linear address of the per-domain area. */
    static final long PER_DOMAIN_START = 0xffff_8200_0000_0000L;

    /** VMASST_TYPE_m2p_strict: user address spaces do not show the M2P (public/xen.h). */
    private static final int M2P_STRICT = 32;

    private final Domain domain;
    private final PvMachine machine;

    /** What is mapped at {@link #PER_DOMAIN_START}, for the supervisor only. */
    final XenRegion perDomain;

    XenSlots(Domain domain, PvMachine machine) {
        this.domain = domain;
        this.machine = machine;
        perDomain = new XenRegion(machine.machine, Pte.WRITE);
    }

    /** Whether the L4 entry of that index is Xen's. */
    static boolean contains(int index) {
        return index >= FIRST && index <= LAST;
    }

    /** Writes Xen's entries into a frame that becomes an L4 table. */
    void install(long mfn) {
        for (int i = FIRST; i <= LAST; i++) {
            put(mfn, i, 0);
        }
        put(mfn, M2P, machine.m2p.l4Entry());
        put(mfn, PER_DOMAIN, perDomain.l4Entry());
    }

    /** An L4 table becomes the root of a kernel's address space. */
    void becomesKernelRoot(long mfn) {
        put(mfn, M2P, machine.m2p.l4Entry());
    }

    /** An L4 table becomes the root of a user address space. */
    void becomesUserRoot(long mfn) {
        if ((domain.vmAssist >>> M2P_STRICT & 1) != 0) {
            put(mfn, M2P, 0);
        }
    }

    private void put(long mfn, int index, long entry) {
        machine.machine.memory.put64((mfn << 12) + 8L * index, entry);
    }
}
