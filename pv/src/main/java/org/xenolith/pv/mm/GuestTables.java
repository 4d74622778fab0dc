package org.xenolith.pv.mm;

import org.xenolith.cpu.memory.PhysicalMemory;

/** Finds entries in a guest's page tables for the hypervisor's own purposes. */
final class GuestTables {
    private final PhysicalMemory ram;

    GuestTables(PhysicalMemory ram) {
        this.ram = ram;
    }

    /**
     * Machine address of the L1 entry for a linear address outside Xen's part.
     *
     * @param root machine address of an L4 table in use
     * @return -1 if there is no L1 table for it
     */
    long l1Entry(long root, long gva) {
        if (root == 0 || !PvMemory.addressOk(gva)) {
            return -1;
        }
        long table = root;
        for (int level = 4; level > 1; level--) {
            long entry = ram.get64(table + 8L * Pte.index(level, gva));
            if (!Pte.present(entry)) {
                return -1;
            }
            table = entry & Pte.FRAME;
        }
        return table + 8L * Pte.index(1, gva);
    }
}
