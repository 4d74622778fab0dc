package org.xenolith.xen.frames;

import java.util.Arrays;
import java.util.function.IntUnaryOperator;

/**
 * One entry per machine frame: owner, general reference count, exclusive type and type count.
 *
 * <p>Invariants: a frame with an owner has at least one reference (its allocation); a frame has one
 * type at a time and changes it only while its type count is zero; a free frame has neither.
 * Validation of page-table contents belongs to the {@code pv} module, which calls {@link
 * #setValidated} once it has validated.
 */
public final class FrameTable {
    /** Frame is not allocated. */
    public static final int NOBODY = -1;

    /** Frame belongs to the hypervisor itself (DOMID_XEN, public/xen.h). */
    public static final int XEN = 0x7ff2;

    /** No exclusive use yet. */
    public static final int NONE = 0;

    /** Page table of level 1..4: the type is the level. */
    public static final int L1 = 1;

    public static final int L2 = 2;
    public static final int L3 = 3;
    public static final int L4 = 4;

    /** Segment descriptors (GDT or LDT page). */
    public static final int SEGDESC = 5;

    /** Mapped writable somewhere. */
    public static final int WRITABLE = 6;

    private final int[] owner;
    private final int[] refs;
    private final byte[] type;
    private final int[] typeRefs;
    private final boolean[] validated;
    private int firstMaybeFree;
    private int free;

    /** A table for frames 0 to {@code frames - 1}; frame 0 is never handed out. */
    public FrameTable(int frames) {
        owner = new int[frames];
        refs = new int[frames];
        type = new byte[frames];
        typeRefs = new int[frames];
        validated = new boolean[frames];
        Arrays.fill(owner, NOBODY);
        owner[0] = XEN;
        refs[0] = 1;
        firstMaybeFree = 1;
        free = frames - 1;
    }

    public int size() {
        return owner.length;
    }

    /** Number of free frames. */
    public int free() {
        return free;
    }

    /** Whether {@code mfn} names a frame of RAM. */
    public boolean exists(long mfn) {
        return mfn >= 0 && mfn < owner.length;
    }

    /**
     * Allocates the lowest free frame, with one reference. Its contents are what was left there.
     *
     * @return the mfn, or -1 if none is free
     */
    public long allocate(int domid) {
        for (int m = firstMaybeFree; m < owner.length; m++) {
            if (owner[m] == NOBODY) {
                owner[m] = domid;
                refs[m] = 1;
                type[m] = NONE;
                firstMaybeFree = m + 1;
                free--;
                return m;
            }
        }
        return -1;
    }

    /** Owner's domid, {@link #XEN}, or {@link #NOBODY} (also for frames that do not exist). */
    public int owner(long mfn) {
        return exists(mfn) ? owner[(int) mfn] : NOBODY;
    }

    public int references(long mfn) {
        return refs[(int) mfn];
    }

    /** Takes a general reference if {@code domid} owns the frame. */
    public boolean reference(long mfn, int domid) {
        if (owner(mfn) != domid || refs[(int) mfn] == Integer.MAX_VALUE) {
            return false;
        }
        refs[(int) mfn]++;
        return true;
    }

    /** Drops a general reference; the last one frees the frame. */
    public void release(long mfn) {
        int m = (int) mfn;
        if (refs[m] <= 0) {
            throw new IllegalStateException("reference count underflow of mfn " + mfn);
        }
        if (--refs[m] == 0) {
            if (typeRefs[m] != 0) {
                throw new IllegalStateException("mfn " + mfn + " freed while in typed use");
            }
            owner[m] = NOBODY;
            type[m] = NONE;
            validated[m] = false;
            firstMaybeFree = Math.min(firstMaybeFree, m);
            free++;
        }
    }

    /** Exclusive type, one of {@link #NONE} to {@link #WRITABLE}. */
    public int type(long mfn) {
        return type[(int) mfn];
    }

    public int typeReferences(long mfn) {
        return typeRefs[(int) mfn];
    }

    /**
     * Takes a type reference without validation: always right for {@link #WRITABLE}, for page
     * tables and descriptors only once {@link #isValidated} holds.
     *
     * @return false if the frame is in use as another type
     */
    public boolean referenceType(long mfn, int wanted) {
        int m = (int) mfn;
        if (type[m] != wanted) {
            if (typeRefs[m] != 0) {
                return false;
            }
            type[m] = (byte) wanted;
            validated[m] = wanted == WRITABLE;
        }
        if (typeRefs[m] == Integer.MAX_VALUE) {
            return false;
        }
        typeRefs[m]++;
        return true;
    }

    /** Drops a type reference and returns how many are left. */
    public int releaseType(long mfn) {
        int m = (int) mfn;
        if (typeRefs[m] <= 0) {
            throw new IllegalStateException("type count underflow of mfn " + mfn);
        }
        return --typeRefs[m];
    }

    /** Whether the contents were checked for the current type. */
    public boolean isValidated(long mfn) {
        return validated[(int) mfn];
    }

    public void setValidated(long mfn, boolean value) {
        validated[(int) mfn] = value;
    }

    /**
     * Takes a general reference and one as {@link #WRITABLE} of a frame of {@code domid}, for a
     * page that the hypervisor writes on the guest's behalf.
     *
     * @return false, with nothing taken, if the domain does not own the frame or uses it as a page
     *     table or descriptor page
     */
    public boolean referenceWritable(long mfn, int domid) {
        if (!reference(mfn, domid)) {
            return false;
        }
        if (!referenceType(mfn, WRITABLE)) {
            release(mfn);
            return false;
        }
        return true;
    }

    /** Drops what {@link #referenceWritable} took. */
    public void releaseWritable(long mfn) {
        releaseType(mfn);
        release(mfn);
    }

    /**
     * Frees every frame of a domain that goes away, whatever its counts, except those that other
     * domains have mapped by grants: these belong to the hypervisor until the last one is released.
     *
     * @param readers for each frame the general references that others hold
     * @param writers for each frame the references as {@link #WRITABLE} that others hold
     */
    public void reclaim(int domid, IntUnaryOperator readers, IntUnaryOperator writers) {
        for (int m = 0; m < owner.length; m++) {
            if (owner[m] != domid) {
                continue;
            }
            refs[m] = readers.applyAsInt(m);
            typeRefs[m] = writers.applyAsInt(m);
            validated[m] = false;
            type[m] = typeRefs[m] > 0 ? (byte) WRITABLE : (byte) NONE;
            owner[m] = refs[m] > 0 ? XEN : NOBODY;
            if (refs[m] == 0) {
                firstMaybeFree = Math.min(firstMaybeFree, m);
                free++;
            }
        }
    }
}
