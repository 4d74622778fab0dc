package org.xenolith.xen.ops;

import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.frames.FrameTable;
import org.xenolith.xen.grant.GrantStatus;
import org.xenolith.xen.hypercall.GuestAbi;

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

    /**
     * Bytes of the structure: the two sides, each a frame number or reference, a domid and an
     * offset in two words; the length, flags and status of 16 bits each.
     */
    static int size(GuestAbi abi) {
        return 4 * abi.word + 8;
    }

    static void copy(Vcpu v, long element) throws GuestFault {
        int word = v.abi().word;
        Arguments op = Arguments.read(v, element, size(v.abi()));
        op.put16(4 * word + 4, copy(v, op, word));
    }

    private static int copy(Vcpu v, Arguments op, int word) {
        int side = 2 * word;
        int flags = op.u16(2 * side + 2);
        Side source = acquire(v, op.word(0), op.u16(word), (flags & SOURCE_GREF) != 0, true);
        if (source.status < 0) {
            return source.status;
        }
        try {
            boolean granted = (flags & DEST_GREF) != 0;
            Side dest = acquire(v, op.word(side), op.u16(side + word), granted, false);
            if (dest.status < 0) {
                return dest.status;
            }
            try {
                int from = op.u16(word + 2);
                int to = op.u16(side + word + 2);
                int length = op.u16(2 * side);
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
