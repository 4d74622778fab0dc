package org.xenolith.pv.mm;

import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.GuestMemory;
import org.xenolith.xen.hypercall.Errno;
import org.xenolith.xen.ops.PhysicalMap;
import org.xenolith.xen.ops.Reservation;
import org.xenolith.xen.ops.Subjects;

import java.util.List;

/**
 * The hypercall memory_op for a PV domain (XENMEM_* of public/memory.h): ballooning, limits, and
 * facts about the M2P. Xen does not translate addresses for a PV domain, so the operations on such
 * a translation are refused.
 */
final class MemoryOps {
    private static final int INCREASE_RESERVATION = 0;
    private static final int DECREASE_RESERVATION = 1;
    private static final int MAXIMUM_RAM_PAGE = 2;
    private static final int CURRENT_RESERVATION = 3;
    private static final int MAXIMUM_RESERVATION = 4;
    private static final int MACHPHYS_MFN_LIST = 5;
    private static final int POPULATE_PHYSMAP = 6;
    private static final int ADD_TO_PHYSMAP = 7;
    private static final int MEMORY_MAP = 9;
    private static final int MACHINE_MEMORY_MAP = 10;
    private static final int EXCHANGE = 11;
    private static final int MACHPHYS_MAPPING = 12;
    private static final int SET_MEMORY_MAP = 13;
    private static final int MAXIMUM_GPFN = 14;
    private static final int REMOVE_FROM_PHYSMAP = 15;
    private static final int SET_POD_TARGET = 16;
    private static final int GET_POD_TARGET = 17;
    private static final int GET_SHARING_FREED_PAGES = 18;
    private static final int GET_SHARING_SHARED_PAGES = 19;
    private static final int ACCESS_OP = 21;
    private static final int ADD_TO_PHYSMAP_BATCH = 23;
    private static final int CLAIM_PAGES = 24;
    private static final int MACHPHYS_COMPAT_MFN_LIST = 25;
    private static final int GET_VNUMAINFO = 26;
    private static final int ACQUIRE_RESOURCE = 28;

    /** The operation is in the low bits of the command, the extent to start at above it. */
    private static final int EXTENT_SHIFT = 6;

    private static final int MAPSPACE_GMFN_RANGE = 3;
    private static final int MAPSPACE_GMFN_FOREIGN = 4;

    /** XENMEMF_populate_on_demand. */
    private static final int POPULATE_ON_DEMAND = 1 << 16;

    /** Most extents that Xen takes in one call. */
    private static final long MAX_EXTENTS = 0xffff_ffffL >> EXTENT_SHIFT;

    /** Pages that one call handles; it then reports how many extents it did, as Xen may. */
    private static final int PAGES_AT_ONCE = 1 << 20;

    private static final int E820_RAM = 1;

    /** Offset of arch.max_pfn in struct shared_info. */
    private static final int SHARED_INFO_MAX_PFN = 3088;

    private final Domain domain;
    private final PvMachine machine;
    private final DomainPages pages;
    private final MemoryExchange exchange;
    private final RefusalLog log;
    private final PhysicalMap map = new PhysicalMap();

    MemoryOps(Domain domain, PvMachine machine, DomainPages pages, RefusalLog log) {
        this.domain = domain;
        this.machine = machine;
        this.pages = pages;
        this.log = log;
        exchange = new MemoryExchange(domain, machine, pages, log);
    }

    long call(GuestMemory memory, long command, long arg) throws GuestFault {
        int op = (int) command & (1 << EXTENT_SHIFT) - 1;
        long start = command >>> EXTENT_SHIFT;
        boolean extents =
                op == INCREASE_RESERVATION || op == DECREASE_RESERVATION || op == POPULATE_PHYSMAP;
        if (extents) {
            return reservation(memory, op, start, arg);
        }
        if (start != 0) {
            boolean physmap = op == ADD_TO_PHYSMAP || op == ADD_TO_PHYSMAP_BATCH;
            return physmap && start > 0xffff ? -Errno.EDOM : -Errno.EINVAL;
        }
        return switch (op) {
            case EXCHANGE -> exchange.call(memory, arg);
            case MAXIMUM_RAM_PAGE -> domain.machine.ram.frames();
            case CURRENT_RESERVATION -> aboutDomain(memory, arg, domain.pages);
            case MAXIMUM_RESERVATION -> aboutDomain(memory, arg, domain.maxPages);
            case MAXIMUM_GPFN -> aboutDomain(memory, arg, maxPfn() - 1);
            case MACHPHYS_MAPPING -> machphysMapping(memory, arg);
            case MACHPHYS_MFN_LIST -> machphysMfnList(memory, arg);
            case MACHPHYS_COMPAT_MFN_LIST -> -Errno.EOPNOTSUPP; // there are no 32-bit PV guests
            case MEMORY_MAP -> map.tell(memory, arg);
            case SET_MEMORY_MAP -> map.replace(domain, memory, arg);
            case MACHINE_MEMORY_MAP, CLAIM_PAGES, ACQUIRE_RESOURCE, ACCESS_OP -> -Errno.EPERM;
            case ADD_TO_PHYSMAP -> addToPhysmap(memory, arg, false);
            case ADD_TO_PHYSMAP_BATCH -> addToPhysmap(memory, arg, true);
            case REMOVE_FROM_PHYSMAP -> aboutDomain(memory, arg, -Errno.EACCES);
            case SET_POD_TARGET, GET_POD_TARGET ->
                    subjectOr(memory.read16(arg + 32), -Errno.EINVAL);
            case GET_SHARING_FREED_PAGES, GET_SHARING_SHARED_PAGES -> 0;
            case GET_VNUMAINFO -> subjectOr(memory.read16(arg), -Errno.EOPNOTSUPP);
            default -> log.refuse("unknown memory_op", -Errno.ENOSYS, op);
        };
    }

    private long subjectOr(int domid, long result) {
        int rc = Subjects.own(domain, domid);
        return rc != 0 ? rc : result;
    }

    /** For arguments that start with a domid. */
    private long aboutDomain(GuestMemory memory, long arg, long result) throws GuestFault {
        return subjectOr(memory.read16(arg), result);
    }

    private long maxPfn() {
        return domain.machine.memory.get64(domain.sharedInfo + SHARED_INFO_MAX_PFN);
    }

    // ---- reservations --------------------------------------------------------------------------

    /** Increase, decrease, populate: the result is the number of extents done, never an error. */
    private long reservation(GuestMemory memory, int op, long start, long arg) {
        long done = start;
        try {
            Reservation r = Reservation.read(memory, arg);
            long max = Math.min(r.count(), start + Math.max(1, PAGES_AT_ONCE >> r.order()));
            boolean usable =
                    r.count() <= MAX_EXTENTS
                            && r.order() <= DomainPages.MAX_ORDER
                            && Subjects.own(domain, r.domid()) == 0
                            && (op != POPULATE_PHYSMAP || (r.flags() & POPULATE_ON_DEMAND) == 0);
            while (usable && done < max && extent(memory, op, r, done)) {
                done++;
            }
        } catch (GuestFault e) {
            log.refuse("reservation by a bad pointer", -Errno.EFAULT, arg);
        }
        pages.flushStale();
        return done;
    }

    private boolean extent(GuestMemory memory, int op, Reservation r, long index)
            throws GuestFault {
        if (op == INCREASE_RESERVATION) {
            long mfn = pages.allocateExtent(r.order());
            if (mfn >= 0 && r.list() != 0) {
                memory.write64(r.list() + 8 * index, mfn);
            }
            return mfn >= 0;
        }
        long frame = memory.read64(r.list() + 8 * index);
        int count = 1 << r.order();
        if (op == DECREASE_RESERVATION) {
            for (int i = 0; i < count; i++) {
                if (!pages.isAllocated(frame + i)) {
                    log.refuse("release of a page it does not have", -Errno.ENXIO, frame + i);
                    return false;
                }
                pages.giveUp(frame + i);
            }
            return true;
        }
        long mfn = pages.allocateExtent(r.order());
        if (mfn < 0) {
            return false;
        }
        for (int i = 0; i < count; i++) {
            machine.m2p.set(mfn + i, frame + i);
        }
        memory.write64(r.list() + 8 * index, mfn);
        return true;
    }

    // ---- machine-to-physical -------------------------------------------------------------------

    private long machphysMapping(GuestMemory memory, long arg) throws GuestFault {
        memory.write64(arg, PvMemory.M2P_START);
        memory.write64(arg + 8, PvMemory.M2P_END);
        memory.write64(arg + 16, (PvMemory.M2P_END - PvMemory.M2P_START) / 8 - 1);
        return 0;
    }

    private long machphysMfnList(GuestMemory memory, long arg) throws GuestFault {
        long max = memory.read32(arg) & 0xffff_ffffL;
        long list = memory.read64(arg + 8);
        int n = 0;
        while (n < max && machine.m2p.extent(n) >= 0) {
            memory.write64(list + 8L * n, machine.m2p.extent(n));
            n++;
        }
        memory.write32(arg + 16, n);
        return 0;
    }

    // ---- physical memory map -------------------------------------------------------------------

    /** Sets the map to RAM from 0 up, as the toolstack does for a PV domain. */
    void describeRam(long bytes) {
        map.describe(List.of(new PhysicalMap.Range(0, bytes, E820_RAM)));
    }

    private long addToPhysmap(GuestMemory memory, long arg, boolean batch) throws GuestFault {
        int domid = memory.read16(arg);
        int space = batch ? memory.read16(arg + 2) : memory.read32(arg + 4);
        if (!batch && space == MAPSPACE_GMFN_FOREIGN) {
            return -Errno.ENOSYS;
        }
        if (batch && space == MAPSPACE_GMFN_RANGE) {
            return -Errno.EOPNOTSUPP;
        }
        return subjectOr(domid, -Errno.EACCES);
    }
}
