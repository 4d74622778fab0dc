package org.xenolith.pv.build;

import org.xenolith.firmware.image.PvLayout;
import org.xenolith.pv.mm.PvMemory;

/**
 * Where everything goes in a new domain, in guest page numbers. Page n is mapped at VIRT_BASE + n *
 * 4096 up to {@link #mappedPages}; public/xen.h describes the order under "start-of-day memory
 * layout".
 */
final class InitialLayout {
    private static final int PAGE = 4096;

    /** The mapping ends at such a boundary. */
    private static final long ALIGNMENT = 4 << 20;

    /** Pages that are at least mapped and free behind the boot stack: 512 KiB. */
    private static final int SPARE_PAGES = 128;

    final long virtBase;
    final InitialTables tables = new InitialTables();

    /** First page of the ramdisk, or 0 if there is none. */
    final int ramdiskPfn;

    final int ramdiskPages;
    final int p2mPfn;

    /** Pages of the p2m list itself. */
    final int p2mPages;

    /** Tables that map a p2m list apart from the rest; they follow the list. */
    final int p2mTables;

    /** Linear address of the p2m list. */
    final long p2mVirtual;

    final int startInfoPfn;
    final int storePfn;
    final int consolePfn;
    final int tablesPfn;
    final int tableCount;
    final int stackPfn;
    final int mappedPages;

    private final int memoryPages;
    private int next;

    /**
     * Decides.
     *
     * @throws PvBuildException if the memory is too small, or the kernel's addresses leave no room
     */
    InitialLayout(PvLayout kernel, int ramdiskBytes, int memoryPages) throws PvBuildException {
        this.memoryPages = memoryPages;
        virtBase = kernel.virtBase();
        next = 0;
        take(kernel.physicalEnd(), "the kernel");
        ramdiskPages = pages(ramdiskBytes);
        p2mPages = pages(8L * memoryPages);
        boolean ramdiskApart = kernel.ramdiskUnmapped();
        int ramdiskAt = 0;
        if (ramdiskPages > 0 && !ramdiskApart) {
            ramdiskAt = take(ramdiskBytes, "the ramdisk");
        }
        boolean p2mApart =
                kernel.initP2m().isPresent()
                        && Long.compareUnsigned(kernel.initP2m().getAsLong(), virtBase) < 0;
        int p2mAt = 0;
        if (!p2mApart) {
            p2mAt = take(8L * memoryPages, "its page list");
        }
        startInfoPfn = take(PAGE, "start_info");
        storePfn = take(PAGE, "the xenstore ring");
        consolePfn = take(PAGE, "the console ring");

        long lastMapped = lastMapped();
        tableCount = tables.count(virtBase, lastMapped);
        tablesPfn = take((long) tableCount * PAGE, "the page tables");
        tables.add(virtBase, lastMapped, tablesPfn);
        stackPfn = take(PAGE, "the boot stack");
        mappedPages = (int) ((lastMapped - virtBase >>> 12) + 1);
        if (mappedPages > memoryPages) {
            throw tooSmall("the initial mapping");
        }
        next = mappedPages;

        if (ramdiskPages > 0 && ramdiskApart) {
            ramdiskAt = take(ramdiskBytes, "the ramdisk");
        }
        if (p2mApart) {
            long first = kernel.initP2m().getAsLong();
            long last = first + ((long) p2mPages << 12) - 1;
            if (Long.compareUnsigned(last, virtBase) >= 0 || crossesHole(first, last)) {
                throw new PvBuildException("the kernel leaves no room for its p2m list");
            }
            p2mVirtual = first;
            p2mTables = tables.count(first, last);
            p2mAt = take((long) p2mPages + p2mTables << 12, "its page list");
            tables.add(first, last, p2mAt + p2mPages);
        } else {
            p2mVirtual = virtual(p2mAt);
            p2mTables = 0;
        }
        ramdiskPfn = ramdiskAt;
        p2mPfn = p2mAt;
    }

    /** Linear address of a page in the initial mapping. */
    long virtual(int pfn) {
        return virtBase + ((long) pfn << 12);
    }

    /** Whether a page is one of the initial page tables, which are mapped read-only. */
    boolean isTable(int pfn) {
        return pfn >= tablesPfn && pfn < tablesPfn + tableCount
                || pfn >= p2mPfn + p2mPages && pfn < p2mPfn + p2mPages + p2mTables;
    }

    /**
     * The tables map themselves, so their number and the end of the mapping depend on each other.
     */
    private long lastMapped() throws PvBuildException {
        long end = virtual(next);
        int extra = SPARE_PAGES + 1;
        int pages = extra;
        while (true) {
            long last = end + ((long) pages << 12) | ALIGNMENT - 1;
            if (Long.compareUnsigned(last, virtBase) < 0 || crossesHole(virtBase, last)) {
                throw new PvBuildException("the kernel's addresses leave no room behind it");
            }
            if (last - virtBase >>> 12 >= memoryPages) {
                throw tooSmall("the initial mapping");
            }
            pages = tables.count(virtBase, last) + extra;
            if (Long.compareUnsigned(end + ((long) pages << 12) - 1, last) <= 0) {
                return last;
            }
        }
    }

    /**
     * Whether a range leaves the half of the address space, or the part of it, that it starts in.
     */
    private static boolean crossesHole(long first, long last) {
        return first >= 0
                ? last < 0 || last >= 1L << 47
                : Long.compareUnsigned(first, PvMemory.HYPERVISOR_END) < 0;
    }

    private int take(long bytes, String what) throws PvBuildException {
        long count = bytes + PAGE - 1 >>> 12;
        if (bytes < 0 || count > memoryPages - next) {
            throw tooSmall(what);
        }
        int first = next;
        next += (int) count;
        return first;
    }

    private PvBuildException tooSmall(String what) {
        return new PvBuildException(
                "the domain's memory of "
                        + (memoryPages >> 8)
                        + " MiB is too small for "
                        + what
                        + "; give it more memory");
    }

    private static int pages(long bytes) {
        return (int) (bytes + PAGE - 1 >>> 12);
    }
}
