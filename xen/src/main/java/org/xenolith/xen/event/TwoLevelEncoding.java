package org.xenolith.xen.event;

import org.xenolith.xen.frames.SharedMemory;
import org.xenolith.xen.hypercall.Errno;

/**
 * The default encoding: one pending and one mask bit a port in shared_info, and a selector bit in
 * vcpu_info for each 64 ports (public/xen.h, struct shared_info).
 */
final class TwoLevelEncoding implements PortEncoding {
    /** 64 words of 64 bits. */
    static final int PORTS = 4096;

    private static final int PENDING = 0x800;
    private static final int MASK = 0xa00;

    private final EventDomain domain;
    private final SharedMemory memory;

    TwoLevelEncoding(EventDomain domain) {
        this.domain = domain;
        this.memory = domain.memory();
    }

    @Override
    public int limit() {
        return PORTS;
    }

    @Override
    public void initialise(Port port) {
        // Nothing is kept a port: its bits are the guest's.
    }

    @Override
    public boolean setPending(Port port) {
        if (memory.assignBit(domain.sharedInfo() + PENDING, port.number, true)) {
            return false;
        }
        if (!memory.bit(domain.sharedInfo() + MASK, port.number)) {
            Upcalls.select(memory, domain.eventVcpu(port.vcpu), port.number >>> 6);
        }
        return true;
    }

    @Override
    public void clearPending(Port port) {
        memory.assignBit(domain.sharedInfo() + PENDING, port.number, false);
    }

    @Override
    public void unmask(Port port) {
        boolean wasMasked = memory.assignBit(domain.sharedInfo() + MASK, port.number, false);
        if (wasMasked && isPending(port)) {
            Upcalls.select(memory, domain.eventVcpu(port.vcpu), port.number >>> 6);
        }
    }

    @Override
    public boolean isPending(Port port) {
        return memory.bit(domain.sharedInfo() + PENDING, port.number);
    }

    @Override
    public boolean isBusy(Port port) {
        return false;
    }

    @Override
    public int setPriority(Port port, int priority) {
        return -Errno.ENOSYS;
    }

    @Override
    public void destroy() {
        // shared_info belongs to the domain.
    }
}
