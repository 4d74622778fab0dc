package org.xenolith.hvm.p2m;

import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.frames.FrameTable;
import org.xenolith.xen.grant.GrantStatus;

import java.util.BitSet;

/**
 * The pages of an HVM domain: which it has, and where its map shows them.
 *
 * <p>A page of the domain's memory has one reference for its allocation, which goes when the guest
 * gives it up. Pages of the hypervisor (shared_info, grant table) and of other domains only appear
 * in the map; their references are kept elsewhere.
 */
public final class HvmMemory {
    private final Domain domain;
    private final FrameTable frames;
    private final P2m p2m;

    /** Machine frames that are the domain's memory. */
    private final BitSet allocated = new BitSet();

    /** The memory of a domain that has none yet. */
    public HvmMemory(Domain domain) {
        this.domain = domain;
        frames = domain.frames();
        p2m = new P2m(domain);
    }

    /** The map. */
    public P2m p2m() {
        return p2m;
    }

    /**
     * Gives the domain a zeroed page.
     *
     * @return false if something is there, or the domain's limit or the machine's memory is reached
     */
    public boolean populate(long gfn) {
        if (p2m.type(gfn) != P2mType.NONE || domain.pages >= domain.maxPages) {
            return false;
        }
        long mfn = domain.machine.allocateZeroed(domain.domid);
        if (mfn < 0) {
            return false;
        }
        if (!p2m.set(gfn, mfn, P2mType.RAM)) {
            frames.release(mfn);
            return false;
        }
        allocated.set((int) mfn);
        domain.pages++;
        return true;
    }

    /** Makes a page read-only for the guest; false if it has none there. */
    public boolean protect(long gfn) {
        long mfn = p2m.mfn(gfn);
        return mfn >= 0 && allocated.get((int) mfn) && p2m.set(gfn, mfn, P2mType.ROM);
    }

    /** Takes away what is at a frame number, which is freed if it is the domain's memory. */
    public boolean remove(long gfn) {
        long mfn = p2m.remove(gfn);
        if (mfn < 0) {
            return false;
        }
        release(mfn);
        return true;
    }

    private void release(long mfn) {
        if (allocated.get((int) mfn)) {
            allocated.clear((int) mfn);
            domain.pages--;
            frames.release(mfn);
        }
    }

    /** Shows a frame that is not the domain's memory, in place of what was there. */
    public boolean show(long gfn, long mfn, P2mType type) {
        long old = p2m.mfn(gfn);
        if (!p2m.set(gfn, mfn, type)) {
            return false;
        }
        if (old >= 0 && old != mfn) {
            release(old);
        }
        return true;
    }

    /** Moves one of the domain's pages to another place; false if there is none. */
    public boolean move(long from, long to) {
        long mfn = p2m.mfn(from);
        if (mfn < 0 || !allocated.get((int) mfn)) {
            return false;
        }
        if (from == to) {
            return true;
        }
        long old = p2m.mfn(to);
        if (!p2m.set(to, mfn, P2mType.RAM)) {
            return false;
        }
        p2m.remove(from);
        if (old >= 0) {
            release(old);
        }
        return true;
    }

    /** See {@link org.xenolith.xen.domain.GuestType#mapGrant}. */
    public int mapGrant(long gpa, long mfn, boolean readOnly) {
        P2mType type = readOnly ? P2mType.FOREIGN_READ_ONLY : P2mType.FOREIGN;
        boolean aligned = (gpa & 4095) == 0;
        return aligned && show(gpa >>> 12, mfn, type)
                ? GrantStatus.OKAY
                : GrantStatus.GENERAL_ERROR;
    }

    /** Reverses {@link #mapGrant}. */
    public int unmapGrant(long gpa, long mfn, boolean readOnly) {
        long gfn = gpa >>> 12;
        P2mType type = readOnly ? P2mType.FOREIGN_READ_ONLY : P2mType.FOREIGN;
        if (p2m.mfn(gfn) != mfn || p2m.type(gfn) != type) {
            return GrantStatus.GENERAL_ERROR;
        }
        p2m.remove(gfn);
        return GrantStatus.OKAY;
    }

    /**
     * Writes to the guest's memory by guest-physical address, for builders.
     *
     * @throws IllegalArgumentException where the guest has no memory
     */
    public void write(long gpa, byte[] bytes, int offset, int length) {
        int done = 0;
        while (done < length) {
            long at = gpa + done;
            int n = Math.min(length - done, 4096 - (int) (at & 4095));
            domain.machine.memory.write(maddr(at), bytes, offset + done, n);
            done += n;
        }
    }

    /** Sets to 0; see {@link #write}. */
    public void clear(long gpa, long length) {
        long done = 0;
        while (done < length) {
            long at = gpa + done;
            int n = (int) Math.min(length - done, 4096 - (at & 4095));
            domain.machine.memory.zero(maddr(at), n);
            done += n;
        }
    }

    private long maddr(long gpa) {
        long mfn = p2m.mfn(gpa >>> 12);
        if (mfn < 0) {
            throw new IllegalArgumentException("no memory at " + Long.toHexString(gpa));
        }
        return mfn << 12 | gpa & 4095;
    }

    /** The domain goes away; its frames are freed by their owner. */
    public void destroy() {
        p2m.destroy();
    }
}
