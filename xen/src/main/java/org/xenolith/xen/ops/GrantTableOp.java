package org.xenolith.xen.ops;

import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.grant.GrantMapping;
import org.xenolith.xen.grant.GrantStatus;
import org.xenolith.xen.grant.GrantTable;
import org.xenolith.xen.grant.MapTrack;
import org.xenolith.xen.hypercall.Errno;
import org.xenolith.xen.hypercall.GuestAbi;

/**
 * grant_table_op(cmd, array, count) (public/grant_table.h). Answers as a Xen that was started with
 * {@code gnttab=max-ver:1}. Ownership transfers and cache flushes are refused.
 */
final class GrantTableOp {
    private static final int MAP_GRANT_REF = 0;
    private static final int UNMAP_GRANT_REF = 1;
    private static final int SETUP_TABLE = 2;
    private static final int DUMP_TABLE = 3;
    private static final int COPY = 5;
    private static final int QUERY_SIZE = 6;
    private static final int UNMAP_AND_REPLACE = 7;
    private static final int SET_VERSION = 8;
    private static final int GET_STATUS_FRAMES = 9;
    private static final int GET_VERSION = 10;

    /** Most elements of an array; Xen has no limit, because it can interrupt itself. */
    private static final int LIMIT = 1 << 16;

    private static final int TABLE_VERSION = 1;

    /** One element of an array of operations. */
    @FunctionalInterface
    private interface Operation {
        void serve(Vcpu v, long element) throws GuestFault;
    }

    private GrantTableOp() {}

    static long call(Vcpu v, long cmd, long array, long count, long a4, long a5) throws GuestFault {
        if (Integer.compareUnsigned((int) count, LIMIT) > 0) {
            return -Errno.EINVAL;
        }
        int elements = (int) count;
        return switch ((int) cmd) {
            case MAP_GRANT_REF -> each(v, array, elements, 32, GrantTableOp::map);
            case UNMAP_GRANT_REF -> each(v, array, elements, 24, GrantTableOp::unmap);
            case SETUP_TABLE -> elements == 1 ? setupTable(v, array) : -Errno.EINVAL;
            case DUMP_TABLE -> -Errno.ENOSYS;
            case COPY -> each(v, array, elements, GrantCopy.size(v.abi()), GrantCopy::copy);
            case QUERY_SIZE -> elements == 1 ? querySize(v, array) : -Errno.EINVAL;
            case UNMAP_AND_REPLACE -> each(v, array, elements, 24, GrantTableOp::unmapAndReplace);
            case SET_VERSION -> setVersion(v, array);
            case GET_STATUS_FRAMES -> elements == 1 ? statusFrames(v, array) : -Errno.EINVAL;
            case GET_VERSION -> getVersion(v, array);
            default -> {
                v.domain.hypercalls.reportUnsupported(v, "grant_table_op", cmd);
                yield -Errno.ENOSYS;
            }
        };
    }

    private static long each(Vcpu v, long array, int count, int size, Operation operation)
            throws GuestFault {
        for (int k = 0; k < count && v.domain.alive(); k++) {
            operation.serve(v, array + (long) size * k);
        }
        return 0;
    }

    // ---- mapping -------------------------------------------------------------------------------

    private static void map(Vcpu v, long element) throws GuestFault {
        Arguments op = Arguments.read(v, element, 32);
        int flags = op.u32(8);
        Domain granter = v.domain.machine.domain(op.u16(16));
        if (GrantMapping.count(flags) == 0) {
            op.put16(18, GrantStatus.BAD_GNTREF);
            return;
        }
        if (granter == null) {
            op.put16(18, GrantStatus.BAD_DOMAIN);
            return;
        }
        if (!v.domain.grants.maps.hasRoom()) {
            op.put16(18, GrantStatus.NO_SPACE);
            return;
        }
        int ref = op.u32(12);
        long mfn =
                GrantMapping.acquire(
                        granter.grants,
                        ref,
                        v.domain.domid,
                        flags,
                        v.domain.frames(),
                        granter.domid);
        if (mfn < 0) {
            op.put16(18, (int) mfn);
            return;
        }
        MapTrack.Entry entry = new MapTrack.Entry(granter.domid, ref, mfn, flags);
        if ((flags & GrantMapping.HOST_MAP) != 0) {
            int status =
                    v.domain.guest.mapGrant(
                            v,
                            op.u64(0),
                            (flags & GrantMapping.CONTAINS_PTE) != 0,
                            mfn,
                            GrantMapping.readOnly(flags));
            if (status != GrantStatus.OKAY) {
                GrantMapping.release(entry, flags, v.domain.frames(), granter.grants);
                op.put16(18, status);
                return;
            }
        }
        op.put32(20, v.domain.grants.maps.add(entry));
        op.put64(24, mfn << 12);
        op.put16(18, GrantStatus.OKAY);
    }

    private static void unmap(Vcpu v, long element) throws GuestFault {
        Arguments op = Arguments.read(v, element, 24);
        op.put16(20, unmap(v, op.u64(0), op.u64(8), op.u32(16)));
    }

    private static void unmapAndReplace(Vcpu v, long element) throws GuestFault {
        Arguments op = Arguments.read(v, element, 24);
        if (op.u64(8) != 0) {
            v.domain.hypercalls.reportUnsupported(
                    v, "grant_table_op with a new address", UNMAP_AND_REPLACE);
            op.put16(20, GrantStatus.GENERAL_ERROR);
        } else {
            op.put16(20, unmap(v, op.u64(0), 0, op.u32(16)));
        }
    }

    /** Unmaps the ways whose address is not 0; the handle is free when none is left. */
    private static int unmap(Vcpu v, long hostAddress, long deviceAddress, int handle) {
        MapTrack maps = v.domain.grants.maps;
        MapTrack.Entry entry = maps.get(handle);
        if (entry == null) {
            return GrantStatus.BAD_HANDLE;
        }
        int flags = entry.flags();
        int done = 0;
        if (deviceAddress != 0 && (flags & GrantMapping.DEVICE_MAP) != 0) {
            if (deviceAddress != entry.mfn() << 12) {
                return GrantStatus.BAD_DEV_ADDR;
            }
            done |= GrantMapping.DEVICE_MAP;
        }
        if (hostAddress != 0 && (flags & GrantMapping.HOST_MAP) != 0) {
            int status =
                    v.domain.guest.unmapGrant(
                            v,
                            hostAddress,
                            (flags & GrantMapping.CONTAINS_PTE) != 0,
                            entry.mfn(),
                            GrantMapping.readOnly(flags));
            if (status != GrantStatus.OKAY) {
                return status;
            }
            done |= GrantMapping.HOST_MAP;
        }
        Domain granter = v.domain.machine.domain(entry.domid());
        GrantMapping.release(
                entry, done, v.domain.frames(), granter == null ? null : granter.grants);
        int left = flags & ~done;
        if (GrantMapping.count(left) == 0) {
            maps.remove(handle);
        } else {
            maps.set(handle, new MapTrack.Entry(entry.domid(), entry.ref(), entry.mfn(), left));
        }
        return GrantStatus.OKAY;
    }

    // ---- the table itself ----------------------------------------------------------------------

    /** GNTST_* for looking at the table of a domain; only its own for an unprivileged caller. */
    private static int accessTable(Vcpu v, int domid) {
        Domain domain = Arguments.domain(v, domid);
        if (domain == null) {
            return GrantStatus.BAD_DOMAIN;
        }
        return domain == v.domain ? GrantStatus.OKAY : GrantStatus.PERMISSION_DENIED;
    }

    private static long setupTable(Vcpu v, long arg) throws GuestFault {
        int list = v.abi() == GuestAbi.I386 ? 12 : 16;
        int word = v.abi().word;
        Arguments op = Arguments.read(v, arg, list + word);
        int status = accessTable(v, op.u16(0));
        int count = op.u32(4);
        GrantTable table = v.domain.grants;
        if (status == GrantStatus.OKAY && !table.grow(count)) {
            status = GrantStatus.GENERAL_ERROR;
        }
        if (status == GrantStatus.OKAY) {
            for (int k = 0; k < count; k++) {
                v.memory().writeWord(op.word(list) + (long) word * k, table.frameMfn(k));
            }
        }
        op.put16(8, status);
        return 0;
    }

    private static long querySize(Vcpu v, long arg) throws GuestFault {
        Arguments op = Arguments.read(v, arg, 16);
        int status = accessTable(v, op.u16(0));
        if (status == GrantStatus.OKAY) {
            op.put32(4, v.domain.grants.frames());
            op.put32(8, v.domain.grants.maxFrames());
        }
        op.put16(12, status);
        return 0;
    }

    private static long setVersion(Vcpu v, long arg) throws GuestFault {
        int wanted = v.memory().read32(arg);
        v.memory().write32(arg, TABLE_VERSION);
        return switch (wanted) {
            case TABLE_VERSION -> 0;
            case 2 -> -Errno.ENOSYS;
            default -> -Errno.EINVAL;
        };
    }

    private static long getVersion(Vcpu v, long arg) throws GuestFault {
        Arguments op = Arguments.read(v, arg, 8);
        return switch (accessTable(v, op.u16(0))) {
            case GrantStatus.OKAY -> {
                op.put32(4, TABLE_VERSION);
                yield 0;
            }
            case GrantStatus.BAD_DOMAIN -> -Errno.ESRCH;
            default -> -Errno.EPERM;
        };
    }

    /** A version 1 table has no status frames: only asking for none of them succeeds. */
    private static long statusFrames(Vcpu v, long arg) throws GuestFault {
        Arguments op = Arguments.read(v, arg, 8 + v.abi().word);
        int status = accessTable(v, op.u16(4));
        if (status == GrantStatus.OKAY && op.u32(0) != 0) {
            status = GrantStatus.GENERAL_ERROR;
        }
        op.put16(6, status);
        return 0;
    }
}
