package org.xenolith.pv.mm;

import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.GuestMemory;
import org.xenolith.xen.hypercall.Errno;
import org.xenolith.xen.hypercall.GuestAbi;
import org.xenolith.xen.ops.Reservation;
import org.xenolith.xen.ops.Subjects;

import java.util.HashSet;
import java.util.Set;

/**
 * XENMEM_exchange: a domain gives pages that it uses nowhere and gets as many others, usually
 * contiguous ones. Works in chunks, each done wholly or not at all: one extent of the larger side
 * against as many of the smaller.
 */
final class MemoryExchange {
    /** Pages that one call may exchange: 4 GiB. Real requests are for a few. */
    private static final long MAX_PAGES = 1 << 20;

    private static final int OUT = Reservation.size(GuestAbi.X86_64);
    private static final int NR_EXCHANGED = 2 * Reservation.size(GuestAbi.X86_64);

    private final Domain domain;
    private final PvMachine machine;
    private final DomainPages pages;
    private final RefusalLog log;

    MemoryExchange(Domain domain, PvMachine machine, DomainPages pages, RefusalLog log) {
        this.domain = domain;
        this.machine = machine;
        this.pages = pages;
        this.log = log;
    }

    long call(GuestMemory memory, long arg) throws GuestFault {
        Reservation in = Reservation.read(memory, arg);
        Reservation out = Reservation.read(memory, arg + OUT);
        long exchanged = memory.read64(arg + NR_EXCHANGED);
        int rc = check(in, out, exchanged);
        if (rc != 0) {
            return log.refuse("exchange of memory", rc, arg);
        }
        int inPerChunk = 1 << Math.max(0, out.order() - in.order());
        int outPerChunk = 1 << Math.max(0, in.order() - out.order());
        long chunk = exchanged / inPerChunk;
        long chunks = in.count() / inPerChunk;
        while (rc == 0 && chunk < chunks) {
            rc =
                    exchange(
                            memory,
                            in,
                            out,
                            chunk * inPerChunk,
                            inPerChunk,
                            chunk * outPerChunk,
                            outPerChunk);
            if (rc == 0) {
                chunk++;
            }
        }
        pages.flushStale();
        memory.write64(arg + NR_EXCHANGED, chunk * inPerChunk);
        return rc;
    }

    private int check(Reservation in, Reservation out, long exchanged) {
        if (Math.max(in.order(), out.order()) > DomainPages.MAX_ORDER) {
            return -Errno.EPERM;
        }
        if (exchanged < 0
                || exchanged > in.count()
                || in.domid() != out.domid()
                || in.count() > Long.MAX_VALUE >>> in.order()
                || out.count() > Long.MAX_VALUE >>> out.order()
                || in.count() << in.order() != out.count() << out.order()) {
            return -Errno.EINVAL;
        }
        if (in.count() << in.order() > MAX_PAGES) {
            return -Errno.E2BIG;
        }
        return Subjects.own(domain, in.domid());
    }

    private int exchange(
            GuestMemory memory,
            Reservation in,
            Reservation out,
            long firstIn,
            int inExtents,
            long firstOut,
            int outExtents) {
        long[] given = new long[inExtents << in.order()];
        long[] pfns = new long[outExtents];
        try {
            for (int i = 0; i < given.length; i++) {
                long extent = firstIn + (i >> in.order());
                long within = i & (1 << in.order()) - 1;
                given[i] = memory.read64(in.list() + 8 * extent) + within;
            }
            for (int i = 0; i < outExtents; i++) {
                pfns[i] = memory.read64(out.list() + 8 * (firstOut + i));
                memory.write64(out.list() + 8 * (firstOut + i), pfns[i]);
            }
        } catch (GuestFault e) {
            return -Errno.EFAULT;
        }
        Set<Long> distinct = new HashSet<>();
        for (long mfn : given) {
            if (!pages.isUnused(mfn) || !distinct.add(mfn)) {
                return -Errno.EINVAL;
            }
        }
        return replace(memory, given, out, firstOut, pfns);
    }

    private int replace(
            GuestMemory memory, long[] given, Reservation out, long firstOut, long[] pfns) {
        long[] taken = new long[pfns.length];
        int limit = domain.maxPages;
        domain.maxPages += given.length; // both sets exist for a moment
        for (int i = 0; i < taken.length; i++) {
            taken[i] = pages.allocateExtent(out.order());
            if (taken[i] < 0) {
                for (int k = 0; k < i << out.order(); k++) {
                    pages.giveUp(taken[k >> out.order()] + (k & (1 << out.order()) - 1));
                }
                domain.maxPages = limit;
                return -Errno.ENOMEM;
            }
        }
        domain.maxPages = limit;
        for (long mfn : given) {
            pages.giveUp(mfn);
        }
        for (int i = 0; i < taken.length; i++) {
            for (int k = 0; k < 1 << out.order(); k++) {
                machine.m2p.set(taken[i] + k, pfns[i] + k);
            }
            try {
                memory.write64(out.list() + 8 * (firstOut + i), taken[i]);
            } catch (GuestFault e) {
                return -Errno.EFAULT;
            }
        }
        return 0;
    }
}
