package org.xenolith.pv.mm;

import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.frames.FrameTable;

import java.util.BitSet;

/**
 * The pages of a domain: allocation up to its limit, and general references.
 *
 * <p>A page is the domain's until it gives it up and the last mapping goes. Giving up drops the
 * reference that the allocation holds; it can be dropped once only, even while other references
 * keep the frame alive, hence the bit per frame.
 */
final class DomainPages {
    /** Largest extent of a domain without devices, as a power of two of pages. */
    static final int MAX_ORDER = 9;

    private final Domain domain;
    private final FrameTable frames;
    private final PvMachine machine;
    private final TlbFlushes tlbs;
    private final BitSet allocated = new BitSet();
    private boolean stale;

    DomainPages(Domain domain, PvMachine machine, TlbFlushes tlbs) {
        this.domain = domain;
        this.frames = domain.frames();
        this.machine = machine;
        this.tlbs = tlbs;
    }

    /** Allocates a zeroed page. Returns its mfn, or -1. */
    long allocate() {
        return allocateExtent(0);
    }

    /**
     * Allocates 2^order zeroed contiguous aligned pages.
     *
     * @param order 0..{@link #MAX_ORDER}
     * @return the first mfn, or -1 if the domain's limit or the machine's memory does not allow it
     */
    long allocateExtent(int order) {
        int count = 1 << order;
        if (domain.pages + count > domain.maxPages || frames.free() < count) {
            return -1;
        }
        flushStale();
        long base = takeRun(count);
        for (long mfn = base; base >= 0 && mfn < base + count; mfn++) {
            domain.pages++;
            allocated.set((int) mfn);
            domain.machine.memory.zero(mfn << 12, 4096);
        }
        return base;
    }

    /** Free frames come lowest first, so an aligned run shows among the first 2 * count. */
    private long takeRun(int count) {
        long[] taken = new long[2 * count];
        int n = 0;
        long base = -1;
        while (base < 0 && n < taken.length) {
            long mfn = frames.allocate(domain.domid);
            if (mfn < 0) {
                break;
            }
            taken[n++] = mfn;
            if ((mfn + 1 & count - 1) == 0 && n >= count && taken[n - count] == mfn - count + 1) {
                base = mfn - count + 1;
            }
        }
        for (int i = 0; i < n; i++) {
            if (base < 0 || taken[i] < base) {
                frames.release(taken[i]);
            }
        }
        return base;
    }

    /** Whether the allocation reference of a page of this domain is still held. */
    boolean isAllocated(long mfn) {
        return frames.owner(mfn) == domain.domid && allocated.get((int) mfn);
    }

    /** Whether nothing but the allocation itself refers to a page. */
    boolean isUnused(long mfn) {
        return isAllocated(mfn) && frames.references(mfn) == 1 && frames.typeReferences(mfn) == 0;
    }

    /** Gives up an {@link #isAllocated allocated} page; the frame is free once nothing uses it. */
    void giveUp(long mfn) {
        allocated.clear((int) mfn);
        machine.m2p.set(mfn, MachineToPhys.INVALID);
        put(mfn);
    }

    /** Drops a general reference. */
    void put(long mfn) {
        boolean own = frames.owner(mfn) == domain.domid;
        frames.release(mfn);
        if (own && frames.owner(mfn) == FrameTable.NOBODY) {
            domain.pages--;
            stale = true;
        }
    }

    /** Before a freed frame serves anyone else, no processor may have it in its TLB. */
    void flushStale() {
        if (stale) {
            stale = false;
            tlbs.all();
        }
    }

    /** At the end of the domain: the M2P forgets its pages. */
    void forget() {
        for (int mfn = allocated.nextSetBit(0); mfn >= 0; mfn = allocated.nextSetBit(mfn + 1)) {
            machine.m2p.set(mfn, MachineToPhys.INVALID);
        }
        allocated.clear();
    }
}
