package org.xenolith.xen.event;

import org.xenolith.xen.frames.SharedMemory;
import org.xenolith.xen.hypercall.GuestAbi;
import org.xenolith.xen.hypercall.SharedInfo;

/** The fields of vcpu_info (public/xen.h) that announce events to a processor. */
final class Upcalls {
    private static final int PENDING = 0;
    private static final int MASK = 1;

    private Upcalls() {}

    /** Sets upcall_pending and tells the processor. */
    static void raise(SharedMemory memory, EventVcpu vcpu) {
        long info = vcpu.infoAddress();
        if (info != 0 && memory.get8(info + PENDING) == 0) {
            memory.put8(info + PENDING, 1);
            vcpu.upcallRaised();
        }
    }

    /** Sets the selector bit for a word of the 2-level bitmap; raises if it was clear. */
    static void select(SharedMemory memory, EventVcpu vcpu, GuestAbi abi, int word) {
        long info = vcpu.infoAddress();
        if (info != 0 && !memory.assignBit(info + SharedInfo.selector(abi), word, true)) {
            raise(memory, vcpu);
        }
    }

    /** After vcpu_info has moved: lets the guest look at everything, so that nothing is lost. */
    static void raiseAll(SharedMemory memory, EventVcpu vcpu, GuestAbi abi) {
        memory.putWord(vcpu.infoAddress() + SharedInfo.selector(abi), abi.word, -1);
        raise(memory, vcpu);
    }

    /** Whether an upcall is pending and not masked. */
    static boolean deliverable(SharedMemory memory, EventVcpu vcpu) {
        long info = vcpu.infoAddress();
        return info != 0 && memory.get8(info + PENDING) != 0 && memory.get8(info + MASK) == 0;
    }
}
