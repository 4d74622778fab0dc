package org.xenolith.xen.grant;

import org.xenolith.xen.frames.FrameTable;

/**
 * What a mapped grant holds: for each way of mapping, device and host, one pin of the entry, one
 * reference of the frame and, unless read-only, one as {@link FrameTable#WRITABLE}.
 */
public final class GrantMapping {
    /** GNTMAP_* flags (public/grant_table.h). */
    public static final int DEVICE_MAP = 1;

    public static final int HOST_MAP = 1 << 1;
    public static final int READONLY = 1 << 2;
    public static final int CONTAINS_PTE = 1 << 4;

    private GrantMapping() {}

    /** Number of ways, 0 to 2, in {@code flags}. */
    public static int count(int flags) {
        return Integer.bitCount(flags & (DEVICE_MAP | HOST_MAP));
    }

    public static boolean readOnly(int flags) {
        return (flags & READONLY) != 0;
    }

    /**
     * Takes what a mapping holds.
     *
     * @param granter owner of the entry and the frame
     * @return the frame's mfn or a negative {@link GrantStatus}, with nothing taken
     */
    public static long acquire(
            GrantTable granter, int ref, int by, int flags, FrameTable frames, int granterDomid) {
        int ways = count(flags);
        long frame = GrantStatus.BAD_GNTREF;
        for (int way = 0; way < ways; way++) {
            long mfn = granter.pin(ref, by, readOnly(flags), true);
            if (mfn < 0) {
                undo(granter, ref, frame, flags, frames, way);
                return mfn;
            }
            boolean taken =
                    readOnly(flags)
                            ? frames.reference(mfn, granterDomid)
                            : frames.referenceWritable(mfn, granterDomid);
            if (!taken) {
                granter.unpin(ref, readOnly(flags));
                undo(granter, ref, frame, flags, frames, way);
                return GrantStatus.GENERAL_ERROR;
            }
            frame = mfn;
        }
        return frame;
    }

    /**
     * Gives back what a mapping holds.
     *
     * @param ways the DEVICE_MAP and HOST_MAP bits to give back
     * @param granter the granter's table, or null if that domain is gone
     */
    public static void release(
            MapTrack.Entry entry, int ways, FrameTable frames, GrantTable granter) {
        undo(granter, entry.ref(), entry.mfn(), entry.flags(), frames, count(ways));
    }

    private static void undo(
            GrantTable granter, int ref, long mfn, int flags, FrameTable frames, int count) {
        for (int k = 0; k < count; k++) {
            if (readOnly(flags)) {
                frames.release(mfn);
            } else {
                frames.releaseWritable(mfn);
            }
            if (granter != null) {
                granter.unpin(ref, readOnly(flags));
            }
        }
    }
}
