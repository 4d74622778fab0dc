package org.xenolith.xen.ops;

import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.ShutdownReason;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.hypercall.Errno;

/** sched_op(cmd, arg): waiting and shutting down (public/sched.h). */
final class SchedOp {
    private static final int YIELD = 0;
    private static final int BLOCK = 1;
    private static final int SHUTDOWN = 2;
    private static final int POLL = 3;
    private static final int REMOTE_SHUTDOWN = 4;
    private static final int SHUTDOWN_CODE = 5;
    private static final int WATCHDOG = 6;
    private static final int PIN_OVERRIDE = 7;

    /** Most ports to poll, as in Xen. */
    private static final int MAX_POLL_PORTS = 128;

    private SchedOp() {}

    static long call(Vcpu v, long cmd, long arg, long a3, long a4, long a5) throws GuestFault {
        return switch ((int) cmd) {
            case YIELD -> {
                v.domain.machine.endSlice();
                yield 0;
            }
            case BLOCK -> {
                v.setUpcallMask(false);
                if (!v.domain.events.upcallPending(v)) {
                    v.block();
                }
                yield 0;
            }
            case SHUTDOWN -> shutdown(v, v.memory().read32(arg) & 0xff);
            case POLL -> poll(v, arg);
            case REMOTE_SHUTDOWN -> {
                int domid = v.memory().read16(arg);
                yield v.domain.machine.domain(domid) == null ? -Errno.ESRCH : -Errno.EPERM;
            }
            case SHUTDOWN_CODE -> {
                ShutdownReason reason = reason(v.memory().read32(arg) & 0xff);
                if (reason == null) {
                    yield -Errno.EINVAL;
                }
                v.domain.latchShutdown(reason);
                yield 0;
            }
            case WATCHDOG -> {
                Arguments watchdog = Arguments.read(v, arg, 8);
                yield v.domain.watchdogs.set(watchdog.u32(0), watchdog.u32(4));
            }
            case PIN_OVERRIDE -> -Errno.EPERM;
            default -> {
                v.domain.hypercalls.reportUnsupported(v, "sched_op", cmd);
                yield -Errno.ENOSYS;
            }
        };
    }

    private static long shutdown(Vcpu v, int code) {
        Domain domain = v.domain;
        ShutdownReason reason = reason(code);
        if (reason == null) {
            domain.crash(v, "the guest shut down for an unknown reason, " + code);
        } else if (reason == ShutdownReason.CRASH) {
            domain.crash(v, "the guest reported its own crash");
        } else {
            domain.shutDown(reason);
        }
        return 0;
    }

    private static ShutdownReason reason(int code) {
        ShutdownReason[] reasons = ShutdownReason.values();
        return code < reasons.length ? reasons[code] : null;
    }

    private static long poll(Vcpu v, long arg) throws GuestFault {
        int word = v.abi().word;
        Arguments poll = Arguments.read(v, arg, 2 * word + 8);
        int count = poll.u32(word);
        if (count < 0 || count > MAX_POLL_PORTS) {
            return -Errno.EINVAL;
        }
        if (v.domain.events.upcallPending(v)) {
            return 0;
        }
        int[] ports = new int[count];
        for (int k = 0; k < count; k++) {
            ports[k] = v.memory().read32(poll.word(0) + 4L * k);
            int pending = v.domain.events.poll(ports[k]);
            if (pending != 0) {
                return pending < 0 ? pending : 0;
            }
        }
        v.poll(ports, poll.u64(2 * word));
        return 0;
    }
}
