package org.xenolith.pv.mm;

import org.xenolith.xen.domain.Machine;

/**
 * The machine-to-physical table: for each machine frame the guest frame number that its owner gave
 * it. It lies in RAM, and each PV address space shows it read-only at {@link PvMemory#M2P_START}
 * (public/arch-x86/xen-x86_64.h).
 */
public final class MachineToPhys {
    /** Entry of a frame that no guest uses, INVALID_M2P_ENTRY. */
    public static final long INVALID = -1;

    private final Machine machine;
    private final long firstMfn;
    private final long pages;
    private final XenRegion region;

    MachineToPhys(Machine machine) {
        this.machine = machine;
        pages = pagesFor(machine.ram.frames());
        region = new XenRegion(machine, Pte.USER);
        firstMfn = XenRegion.allocate(machine);
        for (long i = 1; i < pages; i++) {
            if (XenRegion.allocate(machine) != firstMfn + i) {
                throw new IllegalStateException("the M2P must be allocated before any domain");
            }
        }
        machine.ram.fill(firstMfn << 12, pages << 12, (byte) INVALID);
        for (long i = 0; i < pages; i++) {
            region.map(
                    i << 12, firstMfn + i << 12 | Pte.PRESENT | Pte.ACCESSED | Pte.USER | Pte.NX);
        }
    }

    /** Frames of the table for a machine of that many frames. */
    static long pagesFor(long frames) {
        return frames + 511 >>> 9;
    }

    /** Guest frame number of {@code mfn}, or {@link #INVALID}. */
    public long get(long mfn) {
        return machine.memory.get64((firstMfn << 12) + 8 * mfn);
    }

    /** Sets the guest frame number of an existing frame. */
    public void set(long mfn, long pfn) {
        machine.memory.put64((firstMfn << 12) + 8 * mfn, pfn);
    }

    /** First frame of the table's {@code n}th 2 MiB, or -1 past the end. */
    long extent(long n) {
        return n << 9 < pages ? firstMfn + (n << 9) : -1;
    }

    long l4Entry() {
        return region.l4Entry();
    }
}
