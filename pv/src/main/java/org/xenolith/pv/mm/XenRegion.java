package org.xenolith.pv.mm;

import org.xenolith.xen.domain.Machine;
import org.xenolith.xen.frames.FrameTable;

import java.util.ArrayList;
import java.util.List;

/**
 * Mappings of the hypervisor's own under one L4 slot (512 GiB). Their tables belong to Xen, so no
 * guest can name them in an entry of its own.
 */
final class XenRegion {
    private final Machine machine;
    private final long access;
    private final long l3;
    private final List<Long> tables = new ArrayList<>();

    /**
     * An empty region.
     *
     * @param access WRITE and USER as far as every mapping in the region may have them
     */
    XenRegion(Machine machine, long access) {
        this.machine = machine;
        this.access = Pte.PRESENT | Pte.ACCESSED | Pte.DIRTY | access;
        l3 = newTable();
    }

    /** The entry that puts this region into an L4. */
    long l4Entry() {
        return l3 | access;
    }

    /** Sets the L1 entry for a page. */
    void map(long offset, long entry) {
        machine.memory.put64(slot(offset), entry);
    }

    /** The L1 entry for a page. */
    long entry(long offset) {
        return machine.memory.get64(slot(offset));
    }

    /** Gives all tables back; nothing may use the region any more. */
    void free() {
        for (long table : tables) {
            machine.frames.release(table >>> 12);
        }
        tables.clear();
    }

    private long slot(long offset) {
        long table = l3;
        for (int level = 3; level > 1; level--) {
            long at = table + 8L * Pte.index(level, offset);
            long entry = machine.memory.get64(at);
            if (!Pte.present(entry)) {
                entry = newTable() | access;
                machine.memory.put64(at, entry);
            }
            table = entry & Pte.FRAME;
        }
        return table + 8L * Pte.index(1, offset);
    }

    private long newTable() {
        long maddr = allocate(machine) << 12;
        tables.add(maddr);
        return maddr;
    }

    /** A zeroed frame of Xen's. */
    static long allocate(Machine machine) {
        long mfn = machine.allocateZeroed(FrameTable.XEN);
        if (mfn < 0) {
            throw new IllegalStateException("the machine has no frame left for the hypervisor");
        }
        return mfn;
    }
}
