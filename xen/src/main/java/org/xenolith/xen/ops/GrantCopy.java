package org.xenolith.xen.ops;

import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.frames.FrameTable;
import org.xenolith.xen.grant.GrantStatus;

/** GNTTABOP_copy: copies bytes between two frames, each the caller's own or granted to it. */
final class GrantCopy {
    private static final int SOURCE_GREF = 1;
    private static final int DEST_GREF = 1 << 1;

    private static final int PAGE = 4096;

    /**
     * One side while it is held.
     *
     * @param status negative GNTST_* if it could not be had; then nothing is held
     */
    private record Side(int status, Domain domain, boolean granted, int ref, long mfn) {}

    private GrantCopy() {}

    static void copy(Vcpu v, long element) throws GuestFault {
        Arguments op = Arguments.read(v, element, 40);
        op.put16(36, copy(v, op));
    }

    private static int copy(Vcpu v, Arguments op) {
        int flags = op.u16(34);
        Side source = acquire(v, op.u64(0), op.u16(8), (flags & SOURCE_GREF) != 0, true);
        if (source.status < 0) {
            return source.status;
        }
        try {
            Side dest = acquire(v, op.u64(16), op.u16(24), (flags & DEST_GREF) != 0, false);
            if (dest.status < 0) {
                return dest.status;
            }
            try {
                int from = op.u16(10);
                int to = op.u16(26);
                int length = op.u16(32);
                if (from + length > PAGE || to + length > PAGE) {
                    return GrantStatus.BAD_COPY_ARG;
                }
                v.domain.machine.memory.copy(
                        (source.mfn << 12) + from, (dest.mfn << 12) + to, length);
                return GrantStatus.OKAY;
            } finally {
                release(v, dest, false);
            }
        } finally {
            release(v, source, true);
        }
    }

    private static Side acquire(Vcpu v, long name, int domid, boolean granted, boolean readOnly) {
        if (!granted && domid != Subjects.DOMID_SELF) {
            return failure(GrantStatus.PERMISSION_DENIED);
        }
        Domain domain = Arguments.domain(v, domid);
        if (domain == null) {
            return failure(GrantStatus.BAD_DOMAIN);
        }
        long mfn =
                granted
                        ? domain.grants.pin((int) name, v.domain.domid, readOnly, false)
                        : domain.guest.gfnToMfn(name);
        if (mfn < 0) {
            return failure(granted ? (int) mfn : GrantStatus.BAD_PAGE);
        }
        FrameTable frames = domain.frames();
        boolean held =
                readOnly
                        ? frames.reference(mfn, domain.domid)
                        : frames.referenceWritable(mfn, domain.domid);
        if (!held) {
            if (granted) {
                domain.grants.unpin((int) name, readOnly);
            }
            boolean foreign = frames.owner(mfn) != domain.domid;
            return failure(foreign ? GrantStatus.BAD_PAGE : GrantStatus.GENERAL_ERROR);
        }
        return new Side(GrantStatus.OKAY, domain, granted, (int) name, mfn);
    }

    private static Side failure(int status) {
        return new Side(status, null, false, 0, -1);
    }

    private static void release(Vcpu v, Side side, boolean readOnly) {
        FrameTable frames = v.domain.frames();
        if (readOnly) {
            frames.release(side.mfn);
        } else {
            frames.releaseWritable(side.mfn);
        }
        if (side.granted) {
            side.domain.grants.unpin(side.ref, readOnly);
        }
    }
}
