package org.xenolith.pv.mm;

import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.GuestMemory;
import org.xenolith.xen.domain.Vcpu;

/** Removal of cached translations from a domain's processors. */
final class TlbFlushes {
    private final Domain domain;

    TlbFlushes(Domain domain) {
        this.domain = domain;
    }

    /** Everything, everywhere. */
    void all() {
        for (Vcpu v : domain.vcpus) {
            v.cpu.flushTlb();
        }
    }

    /** One page, everywhere. */
    void page(long gva) {
        for (Vcpu v : domain.vcpus) {
            v.cpu.invalidatePage(gva);
        }
    }

    /**
     * Makes sure that no processor can write to a frame by a translation cached while the frame was
     * data. Called when it becomes a page table or a page of descriptors.
     */
    void forbidWrites(long mfn) {
        for (Vcpu v : domain.vcpus) {
            v.cpu.protectFrame(mfn << 12);
        }
    }

    /** Everything, or one page if {@code page} is set, on the processors of a set. */
    void some(boolean[] processors, boolean page, long gva) {
        for (int i = 0; i < processors.length; i++) {
            if (!processors[i]) {
                continue;
            }
            if (page) {
                domain.vcpus[i].cpu.invalidatePage(gva);
            } else {
                domain.vcpus[i].cpu.flushTlb();
            }
        }
    }

    /** Reads a bitmap of vCPUs from the guest: whole 64-bit words, as many as there are vCPUs. */
    boolean[] processors(GuestMemory memory, long gva) throws GuestFault {
        boolean[] set = new boolean[domain.vcpus.length];
        for (int i = 0; i < set.length; i += 64) {
            long word = memory.read64(gva + i / 8);
            for (int k = 0; k < 64 && i + k < set.length; k++) {
                set[i + k] = (word >>> k & 1) != 0;
            }
        }
        return set;
    }
}
