package org.xenolith.pv.mm;

import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.frames.FrameTable;

/**
 * The two root tables of each processor: the kernel's, and the one that user code runs on. A root
 * holds references as an L4 table.
 */
final class Roots {
    private final PageTypes types;
    private final XenSlots slots;
    private final DescriptorTables descriptors;
    private final long[] kernel;
    private final long[] user;

    Roots(Domain domain, PageTypes types, XenSlots slots, DescriptorTables descriptors) {
        this.types = types;
        this.slots = slots;
        this.descriptors = descriptors;
        kernel = new long[domain.vcpus.length];
        user = new long[domain.vcpus.length];
    }

    /** Machine address of a processor's kernel root, 0 if it has none. */
    long kernel(Vcpu vcpu) {
        return kernel[vcpu.id] << 12;
    }

    /** Machine address of a processor's user root, 0 if it has none. */
    long user(Vcpu vcpu) {
        return user[vcpu.id] << 12;
    }

    /** MMUEXT_NEW_BASEPTR. */
    int setKernel(Vcpu vcpu, long mfn) {
        long old = kernel[vcpu.id];
        if (mfn != old) {
            int rc = types.acquire(mfn, FrameTable.L4);
            if (rc != 0) {
                return rc;
            }
            descriptors.dropLdtPages(vcpu);
            slots.becomesKernelRoot(mfn);
            kernel[vcpu.id] = mfn;
        }
        vcpu.cpu.setRoot(0, mfn << 12);
        if (mfn != old && old != 0) {
            types.release(old);
        }
        return 0;
    }

    /** MMUEXT_NEW_USER_BASEPTR; {@code mfn} 0 for none. */
    int setUser(Vcpu vcpu, long mfn) {
        long old = user[vcpu.id];
        if (mfn == old) {
            return 0;
        }
        if (mfn != 0) {
            int rc = types.acquire(mfn, FrameTable.L4);
            if (rc != 0) {
                return rc;
            }
            slots.becomesUserRoot(mfn);
        }
        user[vcpu.id] = mfn;
        vcpu.cpu.setRoot(1, mfn << 12);
        if (old != 0) {
            types.release(old);
        }
        return 0;
    }
}
