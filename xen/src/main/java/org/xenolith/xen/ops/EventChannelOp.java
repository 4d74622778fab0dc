package org.xenolith.xen.ops;

import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.event.EventChannels;
import org.xenolith.xen.event.PortStatus;
import org.xenolith.xen.hypercall.Errno;

/** event_channel_op(cmd, arg) (public/event_channel.h). */
final class EventChannelOp {
    private static final int BIND_INTERDOMAIN = 0;
    private static final int BIND_VIRQ = 1;
    private static final int BIND_PIRQ = 2;
    private static final int CLOSE = 3;
    private static final int SEND = 4;
    private static final int STATUS = 5;
    private static final int ALLOC_UNBOUND = 6;
    private static final int BIND_IPI = 7;
    private static final int BIND_VCPU = 8;
    private static final int UNMASK = 9;
    private static final int RESET = 10;
    private static final int INIT_CONTROL = 11;
    private static final int EXPAND_ARRAY = 12;
    private static final int SET_PRIORITY = 13;

    private static final int STATUS_UNBOUND = 1;
    private static final int STATUS_INTERDOMAIN = 2;
    private static final int STATUS_VIRQ = 4;

    private EventChannelOp() {}

    static long call(Vcpu v, long cmd, long arg, long a3, long a4, long a5) throws GuestFault {
        EventChannels events = v.domain.events;
        return switch ((int) cmd) {
            case BIND_INTERDOMAIN -> {
                Arguments bind = Arguments.read(v, arg, 12);
                Domain remote = Arguments.domain(v, bind.u16(0));
                yield remote == null
                        ? -Errno.ESRCH
                        : bound(bind, 8, events.bindInterdomain(remote.domid, bind.u32(4)));
            }
            case BIND_VIRQ -> {
                Arguments bind = Arguments.read(v, arg, 12);
                yield bound(bind, 8, events.bindVirq(bind.u32(0), bind.u32(4)));
            }
            // A domU has no physical interrupts: Xen counts 0 of them.
            case BIND_PIRQ -> -Errno.EINVAL;
            case CLOSE -> events.close(v.memory().read32(arg));
            case SEND -> events.send(v.memory().read32(arg));
            case STATUS -> status(v, arg);
            case ALLOC_UNBOUND -> allocUnbound(v, arg);
            case BIND_IPI -> {
                Arguments bind = Arguments.read(v, arg, 8);
                yield bound(bind, 4, events.bindIpi(bind.u32(0)));
            }
            case BIND_VCPU -> {
                Arguments bind = Arguments.read(v, arg, 8);
                yield events.bindVcpu(bind.u32(0), bind.u32(4));
            }
            case UNMASK -> events.unmask(v.memory().read32(arg));
            case RESET -> {
                int refused = refuseOther(v, v.memory().read16(arg));
                yield refused != 0 ? refused : events.reset();
            }
            case INIT_CONTROL -> {
                Arguments init = Arguments.read(v, arg, 24);
                int result = events.initControl(init.u32(12), init.u64(0), init.u32(8));
                if (result == 0) {
                    init.put8(16, events.linkBits());
                }
                yield result;
            }
            case EXPAND_ARRAY -> events.expandArray(v.memory().read64(arg));
            case SET_PRIORITY -> {
                Arguments set = Arguments.read(v, arg, 8);
                yield events.setPriority(set.u32(0), set.u32(4));
            }
            default -> {
                v.domain.hypercalls.reportUnsupported(v, "event_channel_op", cmd);
                yield -Errno.ENOSYS;
            }
        };
    }

    /** Tells the guest its new port, if there is one. */
    private static int bound(Arguments arguments, int field, int port) throws GuestFault {
        if (port < 0) {
            return port;
        }
        arguments.put32(field, port);
        return 0;
    }

    /** What only a privileged domain may do to another one. */
    private static int refuseOther(Vcpu v, int domid) {
        Domain domain = Arguments.domain(v, domid);
        if (domain == null) {
            return -Errno.ESRCH;
        }
        return domain == v.domain ? 0 : -Errno.EPERM;
    }

    private static int allocUnbound(Vcpu v, long arg) throws GuestFault {
        Arguments alloc = Arguments.read(v, arg, 8);
        int refused = refuseOther(v, alloc.u16(0));
        if (refused != 0) {
            return refused;
        }
        int remote = alloc.u16(2);
        int domid = remote == Subjects.DOMID_SELF ? v.domain.domid : remote;
        return bound(alloc, 4, v.domain.events.allocUnboundFor(domid));
    }

    private static int status(Vcpu v, long arg) throws GuestFault {
        Arguments query = Arguments.read(v, arg, 24);
        int refused = refuseOther(v, query.u16(0));
        if (refused != 0) {
            return refused;
        }
        PortStatus status = v.domain.events.status(query.u32(4));
        if (status == null) {
            return -Errno.EINVAL;
        }
        query.put32(8, status.status());
        query.put32(12, status.vcpu());
        switch (status.status()) {
            case STATUS_UNBOUND -> query.put16(16, status.domid());
            case STATUS_INTERDOMAIN -> {
                query.put16(16, status.domid());
                query.put32(20, status.detail());
            }
            case STATUS_VIRQ -> query.put32(16, status.detail());
            default -> {
                // Closed and IPI have no more to tell.
            }
        }
        return 0;
    }
}
