package org.xenolith.xen.event;

import org.xenolith.xen.event.Port.State;
import org.xenolith.xen.hypercall.Errno;

import java.util.Arrays;

/**
 * The event channels of one domain. Methods that a guest calls take its numbers unchecked and
 * return a negated {@link Errno} for bad ones.
 */
public final class EventChannels {
    /** Highest port of a domain: what {@code xl} sets unless told otherwise. */
    public static final int MAX_PORT = 1023;

    private static final int STATUS_CLOSED = 0;
    private static final int STATUS_UNBOUND = 1;
    private static final int STATUS_INTERDOMAIN = 2;
    private static final int STATUS_VIRQ = 4;
    private static final int STATUS_IPI = 5;

    private final EventDomain domain;
    private Port[] ports = new Port[64];

    /** Port of each processor's VIRQs, 0 for none; those of the domain are in row 0. */
    private final int[][] virqPorts;

    private PortEncoding encoding;

    public EventChannels(EventDomain domain) {
        this.domain = domain;
        virqPorts = new int[domain.vcpuCount()][Virq.COUNT];
        encoding = new TwoLevelEncoding(domain);
        ports[0] = new Port(0);
        ports[0].state = State.RESERVED;
    }

    // ---- the hypervisor's side -----------------------------------------------------------------

    /** Whether {@code vcpu} has an upcall pending and does not mask upcalls. */
    public boolean upcallPending(EventVcpu vcpu) {
        return Upcalls.deliverable(domain.memory(), vcpu);
    }

    /** After a processor's vcpu_info has moved: makes it look at all its events. */
    public void infoMoved(EventVcpu vcpu) {
        Upcalls.raiseAll(domain.memory(), vcpu, domain.sharedAbi());
    }

    /** Raises a VIRQ for a processor, or for the domain if it is not one by processor. */
    public void sendVirq(EventVcpu vcpu, int virq) {
        int number = virqPorts[Virq.perVcpu(virq) ? vcpu.id() : 0][virq];
        if (number != 0) {
            raise(ports[number]);
        }
    }

    /**
     * Allocates a port that {@code remoteDomid} may bind to: for domain builders, and
     * EVTCHNOP_alloc_unbound.
     *
     * @return the port, or -ENOSPC
     */
    public int allocUnboundFor(int remoteDomid) {
        Port port = allocate();
        if (port == null) {
            return -Errno.ENOSPC;
        }
        port.state = State.UNBOUND;
        port.remoteDomid = remoteDomid;
        encoding.initialise(port);
        return port.number;
    }

    /**
     * Binds the hypervisor itself to an unbound port.
     *
     * @param onGuestNotify called each time the guest sends, in the middle of its hypercall
     * @throws IllegalArgumentException if the port is not unbound
     */
    public void bindHypervisor(int port, Runnable onGuestNotify) {
        Port p = find(port);
        if (p == null || p.state != State.UNBOUND) {
            throw new IllegalArgumentException("port " + port + " is not unbound");
        }
        p.state = State.INTERDOMAIN;
        p.listener = onGuestNotify;
        p.remotePort = port;
    }

    /**
     * Raises a port whose other end is the hypervisor. Nothing happens if the guest has closed it
     * meanwhile.
     */
    public void notifyPort(int port) {
        Port p = find(port);
        if (p != null && p.listener != null) {
            raise(p);
        }
    }

    /** Closes everything and returns the guest's pages; for a domain that goes away. */
    public void destroy() {
        for (Port p : ports) {
            if (p != null && p.state != State.RESERVED) {
                close(p.number);
            }
        }
        encoding.destroy();
        encoding = new TwoLevelEncoding(domain);
    }

    // ---- what guests call (EVTCHNOP_*) ---------------------------------------------------------

    /**
     * Binds to a port that another domain, or this one, has left unbound for this one. The new port
     * is raised at once, because events sent before are lost.
     *
     * @return the new port, -ESRCH, -EINVAL or -ENOSPC
     */
    public int bindInterdomain(int remoteDomid, int remotePort) {
        EventChannels other = remoteDomid == domain.domid() ? this : domain.eventsOf(remoteDomid);
        if (other == null) {
            return -Errno.ESRCH;
        }
        Port far = other.find(remotePort);
        if (far == null || far.state != State.UNBOUND || far.remoteDomid != domain.domid()) {
            return -Errno.EINVAL;
        }
        Port near = allocate();
        if (near == null) {
            return -Errno.ENOSPC;
        }
        connect(near, other, far);
        connect(far, this, near);
        encoding.initialise(near);
        raise(near);
        return near.number;
    }

    private static void connect(Port port, EventChannels remote, Port remotePort) {
        port.state = State.INTERDOMAIN;
        port.remote = remote;
        port.remoteDomid = remote.domain.domid();
        port.remotePort = remotePort.number;
    }

    /**
     * Binds a VIRQ of a processor.
     *
     * @return the new port, -EINVAL, -ENOENT, -EEXIST or -ENOSPC
     */
    public int bindVirq(int virq, int vcpu) {
        if (virq < 0 || virq >= Virq.COUNT || !Virq.perVcpu(virq) && vcpu != 0) {
            return -Errno.EINVAL;
        }
        if (!vcpuExists(vcpu)) {
            return -Errno.ENOENT;
        }
        if (virqPorts[vcpu][virq] != 0) {
            return -Errno.EEXIST;
        }
        Port port = allocate();
        if (port == null) {
            return -Errno.ENOSPC;
        }
        port.state = State.VIRQ;
        port.vcpu = vcpu;
        port.virq = virq;
        encoding.initialise(port);
        virqPorts[vcpu][virq] = port.number;
        return port.number;
    }

    /** Binds a port that the domain itself raises; returns it, -ENOENT or -ENOSPC. */
    public int bindIpi(int vcpu) {
        if (!vcpuExists(vcpu)) {
            return -Errno.ENOENT;
        }
        Port port = allocate();
        if (port == null) {
            return -Errno.ENOSPC;
        }
        port.state = State.IPI;
        port.vcpu = vcpu;
        encoding.initialise(port);
        return port.number;
    }

    /** Closes a port; the other end becomes unbound. Returns 0 or -EINVAL. */
    public int close(int port) {
        Port p = find(port);
        if (p == null || p.state == State.FREE || p.state == State.RESERVED) {
            return -Errno.EINVAL;
        }
        if (p.state == State.VIRQ) {
            virqPorts[Virq.perVcpu(p.virq) ? p.vcpu : 0][p.virq] = 0;
        } else if (p.state == State.INTERDOMAIN && p.remote != null) {
            Port far = p.remote.find(p.remotePort);
            far.state = State.UNBOUND;
            far.remote = null;
            far.remoteDomid = domain.domid();
        }
        encoding.clearPending(p);
        p.free();
        return 0;
    }

    /** Raises the other end of a port. Returns 0 or -EINVAL. */
    public int send(int port) {
        Port p = find(port);
        if (p == null) {
            return -Errno.EINVAL;
        }
        return switch (p.state) {
            case INTERDOMAIN -> {
                if (p.listener != null) {
                    p.listener.run();
                } else {
                    p.remote.raise(p.remote.find(p.remotePort));
                }
                yield 0;
            }
            case IPI -> {
                raise(p);
                yield 0;
            }
            case UNBOUND -> 0;
            case FREE, RESERVED, VIRQ -> -Errno.EINVAL;
        };
    }

    /** The status of a port, or null if there is no such port. */
    public PortStatus status(int port) {
        Port p = find(port);
        if (p == null) {
            return null;
        }
        return switch (p.state) {
            case FREE, RESERVED -> new PortStatus(STATUS_CLOSED, p.vcpu, 0, 0);
            case UNBOUND -> new PortStatus(STATUS_UNBOUND, p.vcpu, p.remoteDomid, 0);
            case INTERDOMAIN ->
                    new PortStatus(STATUS_INTERDOMAIN, p.vcpu, p.remoteDomid, p.remotePort);
            case VIRQ -> new PortStatus(STATUS_VIRQ, p.vcpu, 0, p.virq);
            case IPI -> new PortStatus(STATUS_IPI, p.vcpu, 0, 0);
        };
    }

    /** Chooses the processor that a port tells; returns 0, -ENOENT or -EINVAL. */
    public int bindVcpu(int port, int vcpu) {
        if (!vcpuExists(vcpu)) {
            return -Errno.ENOENT;
        }
        Port p = find(port);
        boolean movable =
                p != null
                        && (p.state == State.UNBOUND
                                || p.state == State.INTERDOMAIN
                                || p.state == State.VIRQ && !Virq.perVcpu(p.virq));
        if (!movable) {
            return -Errno.EINVAL;
        }
        p.vcpu = vcpu;
        return 0;
    }

    /** Unmasks a port and delivers it if it is pending; returns 0 or -EINVAL. */
    public int unmask(int port) {
        Port p = find(port);
        if (p == null) {
            return -Errno.EINVAL;
        }
        if (isUsable(p)) {
            encoding.unmask(p);
        }
        return 0;
    }

    /** For SCHEDOP_poll: 1 if the port is pending, 0 if not, -EINVAL if it is not in use. */
    public int poll(int port) {
        Port p = find(port);
        if (p == null || !isUsable(p)) {
            return -Errno.EINVAL;
        }
        return encoding.isPending(p) ? 1 : 0;
    }

    /** EVTCHNOP_reset: closes all ports and returns to the 2-level encoding. */
    public int reset() {
        destroy();
        return 0;
    }

    /**
     * EVTCHNOP_init_control: gives a processor its FIFO control block; the first one switches the
     * domain to the FIFO encoding. What is pending then stays so, ports masked stay masked.
     *
     * @return 0, -ENOENT or -EINVAL
     */
    public int initControl(int vcpu, long gfn, int offset) {
        if (encoding instanceof FifoEncoding fifo) {
            return fifo.addControlBlock(vcpu, gfn, offset);
        }
        FifoEncoding fifo = new FifoEncoding(domain);
        int result = fifo.addControlBlock(vcpu, gfn, offset);
        if (result == 0) {
            fifo.adopt(ports, (TwoLevelEncoding) encoding);
            encoding = fifo;
        }
        return result;
    }

    /** Bits in a FIFO link, the answer of EVTCHNOP_init_control. */
    public int linkBits() {
        return FifoEncoding.LINK_BITS;
    }

    /** EVTCHNOP_expand_array; returns 0, -EOPNOTSUPP, -EINVAL or -ENOSPC. */
    public int expandArray(long gfn) {
        return encoding instanceof FifoEncoding fifo ? fifo.addPage(gfn, ports) : -Errno.EOPNOTSUPP;
    }

    /** EVTCHNOP_set_priority; returns 0, -EINVAL, or -ENOSYS under the 2-level encoding. */
    public int setPriority(int port, int priority) {
        Port p = find(port);
        return p == null ? -Errno.EINVAL : encoding.setPriority(p, priority);
    }

    // ---- inside --------------------------------------------------------------------------------

    private void raise(Port port) {
        if (!encoding.setPending(port)) {
            return;
        }
        for (int v = 0; v < domain.vcpuCount(); v++) {
            EventVcpu vcpu = domain.eventVcpu(v);
            if (vcpu != null && vcpu.polls(port.number)) {
                vcpu.wake();
            }
        }
    }

    private static boolean isUsable(Port port) {
        return port.state != State.FREE && port.state != State.RESERVED;
    }

    private boolean vcpuExists(int vcpu) {
        return vcpu >= 0 && vcpu < domain.vcpuCount();
    }

    private Port find(int number) {
        return number >= 0 && number < ports.length ? ports[number] : null;
    }

    /** The lowest free port, or null. */
    private Port allocate() {
        int end = Math.min(MAX_PORT + 1, encoding.limit());
        for (int n = 1; n < end; n++) {
            if (n >= ports.length) {
                ports = Arrays.copyOf(ports, ports.length * 2);
            }
            if (ports[n] == null) {
                ports[n] = new Port(n);
            }
            if (ports[n].state == State.FREE && !encoding.isBusy(ports[n])) {
                return ports[n];
            }
        }
        return null;
    }
}
