package org.xenolith.xen.event;

import org.xenolith.xen.frames.SharedMemory;
import org.xenolith.xen.hypercall.Errno;
import org.xenolith.xen.hypercall.SharedInfo;

/**
 * The default encoding: one pending and one mask bit a port in shared_info, and a selector bit in
 * vcpu_info for each word of them (public/xen.h, struct shared_info). The layout is that of the
 * guest at the moment; each has a bit for all the ports a domain may have.
 */
final class TwoLevelEncoding implements PortEncoding {
    private final EventDomain domain;
    private final SharedMemory memory;

    TwoLevelEncoding(EventDomain domain) {
        this.domain = domain;
        this.memory = domain.memory();
    }

    @Override
    public int limit() {
        return domain.sharedAbi().ports();
    }

    @Override
    public void initialise(Port port) {
        // Nothing is kept a port: its bits are the guest's.
    }

    @Override
    public boolean setPending(Port port) {
        if (memory.assignBit(pending(), port.number, true)) {
            return false;
        }
        if (!memory.bit(mask(), port.number)) {
            select(port);
        }
        return true;
    }

    @Override
    public void clearPending(Port port) {
        memory.assignBit(pending(), port.number, false);
    }

    @Override
    public void unmask(Port port) {
        boolean wasMasked = memory.assignBit(mask(), port.number, false);
        if (wasMasked && isPending(port)) {
            select(port);
        }
    }

    @Override
    public boolean isPending(Port port) {
        return memory.bit(pending(), port.number);
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

    private long pending() {
        return domain.sharedInfo() + SharedInfo.pending();
    }

    private long mask() {
        return domain.sharedInfo() + SharedInfo.mask(domain.sharedAbi());
    }

    private void select(Port port) {
        int word = port.number / domain.sharedAbi().bits();
        Upcalls.select(memory, domain.eventVcpu(port.vcpu), domain.sharedAbi(), word);
    }
}
