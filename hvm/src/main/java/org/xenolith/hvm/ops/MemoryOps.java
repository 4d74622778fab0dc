package org.xenolith.hvm.ops;

import org.xenolith.hvm.p2m.HvmMemory;
import org.xenolith.hvm.p2m.P2mType;
import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.GuestMemory;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.hypercall.Errno;
import org.xenolith.xen.ops.PhysicalMap;
import org.xenolith.xen.ops.Reservation;
import org.xenolith.xen.ops.Subjects;

/**
 * The hypercall memory_op for a translated domain (XENMEM_* of public/memory.h): ballooning, and
 * what its physical memory map shows. Frame numbers are the guest's own; it sees no machine frames.
 */
final class MemoryOps {
    private static final int INCREASE_RESERVATION = 0;
    private static final int DECREASE_RESERVATION = 1;
    private static final int CURRENT_RESERVATION = 3;
    private static final int MAXIMUM_RESERVATION = 4;
    private static final int POPULATE_PHYSMAP = 6;
    private static final int ADD_TO_PHYSMAP = 7;
    private static final int MEMORY_MAP = 9;
    private static final int SET_MEMORY_MAP = 13;
    private static final int MAXIMUM_GPFN = 14;
    private static final int REMOVE_FROM_PHYSMAP = 15;
    private static final int ADD_TO_PHYSMAP_BATCH = 23;

    /** The operation is in the low bits of the command, the extent to start at above it. */
    private static final int EXTENT_SHIFT = 6;

    private static final int SPACE_SHARED_INFO = 0;
    private static final int SPACE_GRANT_TABLE = 1;
    private static final int SPACE_GMFN = 2;
    private static final int SPACE_GMFN_RANGE = 3;

    /** XENMAPIDX_grant_table_status: the status frames of grants of version 2. */
    private static final long GRANT_STATUS = 1L << 31;

    /** Largest extent of a domain without devices, as a power of two of pages. */
    private static final int MAX_ORDER = 9;

    private static final long MAX_EXTENTS = 0xffff_ffffL >> EXTENT_SHIFT;

    /** Pages that one call handles; it then reports how many extents it did, as Xen may. */
    private static final int PAGES_AT_ONCE = 1 << 20;

    private final Domain domain;
    private final HvmMemory pages;
    private final PhysicalMap map;

    /** Highest frame number that was ever in use. */
    private long highest;

    MemoryOps(Domain domain, HvmMemory pages, PhysicalMap map, long highest) {
        this.domain = domain;
        this.pages = pages;
        this.map = map;
        this.highest = highest;
    }

    long call(Vcpu v, long command, long arg, long a3, long a4, long a5) throws GuestFault {
        GuestMemory memory = v.memory();
        int op = (int) command & (1 << EXTENT_SHIFT) - 1;
        long start = command >>> EXTENT_SHIFT;
        if (op == DECREASE_RESERVATION || op == POPULATE_PHYSMAP || op == INCREASE_RESERVATION) {
            return reservation(memory, op, start, arg);
        }
        if (start != 0) {
            return -Errno.EINVAL;
        }
        return switch (op) {
            case CURRENT_RESERVATION -> aboutDomain(memory, arg, domain.pages);
            case MAXIMUM_RESERVATION -> aboutDomain(memory, arg, domain.maxPages);
            case MAXIMUM_GPFN -> aboutDomain(memory, arg, highest);
            case MEMORY_MAP -> map.tell(memory, arg);
            case SET_MEMORY_MAP -> map.replace(domain, memory, arg);
            case ADD_TO_PHYSMAP -> addToPhysmap(memory, arg);
            case ADD_TO_PHYSMAP_BATCH -> addBatch(memory, arg);
            case REMOVE_FROM_PHYSMAP -> removeFromPhysmap(memory, arg);
            default -> {
                domain.hypercalls.reportUnsupported(v, "memory_op", op);
                yield -Errno.ENOSYS;
            }
        };
    }

    /** For arguments that start with a domid. */
    private long aboutDomain(GuestMemory memory, long arg, long result) throws GuestFault {
        int rc = Subjects.own(domain, memory.read16(arg));
        return rc != 0 ? rc : result;
    }

    // ---- reservations --------------------------------------------------------------------------

    /** The result is the number of extents done, never an error. */
    private long reservation(GuestMemory memory, int op, long start, long arg) {
        long done = start;
        try {
            Reservation r = Reservation.read(memory, arg);
            long max = Math.min(r.count(), start + Math.max(1, PAGES_AT_ONCE >> r.order()));
            boolean usable =
                    r.count() <= MAX_EXTENTS
                            && r.order() <= MAX_ORDER
                            && op != INCREASE_RESERVATION
                            && Subjects.own(domain, r.domid()) == 0;
            while (usable && done < max && extent(memory, op, r, done)) {
                done++;
            }
        } catch (GuestFault e) {
            return done; // as far as the list could be read
        }
        return done;
    }

    private boolean extent(GuestMemory memory, int op, Reservation r, long index)
            throws GuestFault {
        long gfn = memory.readWord(r.list() + memory.abi().word * index);
        for (long i = 0; i < 1L << r.order(); i++) {
            boolean done = op == DECREASE_RESERVATION ? pages.remove(gfn + i) : populate(gfn + i);
            if (!done) {
                return false;
            }
        }
        return true;
    }

    private boolean populate(long gfn) {
        boolean done = pages.populate(gfn);
        highest = done ? Math.max(highest, gfn) : highest;
        return done;
    }

    // ---- the map -------------------------------------------------------------------------------

    /** struct xen_add_to_physmap: domid, size, space, index, gfn. */
    private long addToPhysmap(GuestMemory memory, long arg) throws GuestFault {
        int rc = Subjects.own(domain, memory.read16(arg));
        if (rc != 0) {
            return rc;
        }
        int count = memory.read16(arg + 2);
        int space = memory.read32(arg + 4);
        long index = memory.readWord(arg + 8);
        long gfn = memory.readWord(arg + 8 + memory.abi().word);
        if (space != SPACE_GMFN_RANGE) {
            return add(space, index, gfn);
        }
        for (int i = 0; i < count && rc == 0; i++) {
            rc = add(SPACE_GMFN, index + i, gfn + i);
        }
        return rc;
    }

    /** struct xen_add_to_physmap_batch: domid, space, size, foreign domid, lists. */
    private long addBatch(GuestMemory memory, long arg) throws GuestFault {
        int rc = Subjects.own(domain, memory.read16(arg));
        if (rc != 0) {
            return rc;
        }
        int space = memory.read16(arg + 2);
        int count = memory.read16(arg + 4);
        if (space == SPACE_GMFN_RANGE) {
            return -Errno.EOPNOTSUPP;
        }
        int word = memory.abi().word;
        long indices = memory.readWord(arg + 8);
        long gfns = memory.readWord(arg + 8 + word);
        long errors = memory.readWord(arg + 8 + 2 * word);
        for (int i = 0; i < count; i++) {
            long index = memory.readWord(indices + (long) word * i);
            long gfn = memory.readWord(gfns + (long) word * i);
            memory.write32(errors + 4L * i, add(space, index, gfn));
        }
        return 0;
    }

    private int add(int space, long index, long gfn) {
        highest = Math.max(highest, gfn);
        return switch (space) {
            case SPACE_SHARED_INFO ->
                    index == 0 ? show(gfn, domain.sharedInfo >>> 12) : -Errno.EINVAL;
            case SPACE_GRANT_TABLE -> {
                boolean status = (index & GRANT_STATUS) != 0;
                yield show(gfn, status ? -1 : domain.grants.frameMfn(index));
            }
            case SPACE_GMFN -> pages.move(index, gfn) ? 0 : -Errno.EINVAL;
            default -> -Errno.ENOSYS; // no domain may map another's memory but by grants
        };
    }

    private int show(long gfn, long mfn) {
        if (mfn < 0) {
            return -Errno.EINVAL;
        }
        return pages.show(gfn, mfn, P2mType.FOREIGN) ? 0 : -Errno.ENOMEM;
    }

    /** struct xen_remove_from_physmap: domid, gfn. */
    private long removeFromPhysmap(GuestMemory memory, long arg) throws GuestFault {
        int rc = Subjects.own(domain, memory.read16(arg));
        if (rc != 0) {
            return rc;
        }
        return pages.remove(memory.readWord(arg + memory.abi().word)) ? 0 : -Errno.ENOENT;
    }
}
