package org.xenolith.pv.mm;

import org.xenolith.xen.domain.Machine;

/**
 * What all PV domains of a machine share: the M2P and two pages of their descriptor tables. Make
 * one before any domain.
 */
public final class PvMachine {
    /** Room for frames of the common hypervisor: grant tables and the like. */
    private static final int SLACK = 512;

    public final Machine machine;
    public final MachineToPhys m2p;

    /** Stands where a guest has given no GDT page: all descriptors there are null. */
    final long emptyDescriptorsMfn;

    /** Xen's flat descriptors, from GDT entry 14 * 512. */
    final long flatDescriptorsMfn;

    /**
     * Allocates the shared frames.
     *
     * @throws IllegalStateException if the machine is too small; see {@link #framesFor}
     */
    public PvMachine(Machine machine) {
        this.machine = machine;
        m2p = new MachineToPhys(machine);
        emptyDescriptorsMfn = XenRegion.allocate(machine);
        flatDescriptorsMfn = XenRegion.allocate(machine);
        SegmentDescriptor.putFlat(machine.memory, flatDescriptorsMfn << 12);
    }

    /**
     * Frames of RAM that a machine needs for one PV domain.
     *
     * @param guestPages pages of the domain, at most
     * @param vcpus its virtual processors
     */
    public static long framesFor(long guestPages, int vcpus) {
        long others = guestPages + SLACK + vcpus;
        long frames = others;
        // The M2P covers itself; one more round settles what the first adds.
        for (int round = 0; round < 2; round++) {
            long m2p = MachineToPhys.pagesFor(frames);
            frames = others + m2p + (m2p >>> 9) + (m2p >>> 18) + 3;
        }
        return frames;
    }
}
