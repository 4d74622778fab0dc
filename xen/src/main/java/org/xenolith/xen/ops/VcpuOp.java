package org.xenolith.xen.ops;

import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.ShutdownReason;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.hypercall.Errno;
import org.xenolith.xen.time.TimeInfo;

/** vcpu_op(cmd, vcpuid, arg): the domain's processors (public/vcpu.h). */
final class VcpuOp {
    private static final int INITIALISE = 0;
    private static final int UP = 1;
    private static final int DOWN = 2;
    private static final int IS_UP = 3;
    private static final int GET_RUNSTATE_INFO = 4;
    private static final int REGISTER_RUNSTATE_MEMORY_AREA = 5;
    private static final int SET_PERIODIC_TIMER = 6;
    private static final int STOP_PERIODIC_TIMER = 7;
    private static final int SET_SINGLESHOT_TIMER = 8;
    private static final int STOP_SINGLESHOT_TIMER = 9;
    private static final int REGISTER_VCPU_INFO = 10;
    private static final int SEND_NMI = 11;
    private static final int GET_PHYSID = 12;
    private static final int REGISTER_VCPU_TIME_MEMORY_AREA = 13;

    /** Shortest and longest period, nanoseconds. */
    private static final long MIN_PERIOD = 1_000_000;

    private static final long MAX_PERIOD = 1L << 62;

    private static final int SINGLESHOT_FUTURE = 1;

    private VcpuOp() {}

    static long call(Vcpu v, long cmd, long id, long arg, long a4, long a5) throws GuestFault {
        Vcpu target = v.domain.vcpu(id & 0xffffffffL);
        if (target == null) {
            return -Errno.ENOENT;
        }
        return switch ((int) cmd) {
            case INITIALISE -> initialise(v, target, arg);
            case UP -> {
                if (!target.initialised) {
                    yield -Errno.EINVAL;
                }
                target.bringUp(v.cpu.now());
                yield 0;
            }
            case DOWN -> down(target);
            case IS_UP -> target.online ? 1 : 0;
            case GET_RUNSTATE_INFO -> writeRunstate(v, target, arg);
            case REGISTER_RUNSTATE_MEMORY_AREA -> {
                long area = v.memory().readWord(arg);
                writeRunstate(v, target, area);
                target.runstate.setArea(area);
                yield 0;
            }
            case SET_PERIODIC_TIMER -> {
                long period = v.memory().read64(arg);
                if (period < MIN_PERIOD || period > MAX_PERIOD) {
                    yield -Errno.EINVAL;
                }
                target.setPeriod(period);
                yield 0;
            }
            case STOP_PERIODIC_TIMER -> {
                target.setPeriod(0);
                yield 0;
            }
            case SET_SINGLESHOT_TIMER -> target == v ? setSingleshot(v, arg) : -Errno.EINVAL;
            case STOP_SINGLESHOT_TIMER -> {
                if (target != v) {
                    yield -Errno.EINVAL;
                }
                v.stopSingleshot();
                yield 0;
            }
            case REGISTER_VCPU_INFO -> {
                Arguments info = Arguments.read(v, arg, 16);
                yield target.registerInfo(target == v, info.u64(0), info.u32(8));
            }
            case SEND_NMI -> arg == 0 ? v.domain.guest.sendNmi(target) : -Errno.EINVAL;
            // Only for a hardware domain with pinned processors.
            case GET_PHYSID -> -Errno.EINVAL;
            case REGISTER_VCPU_TIME_MEMORY_AREA -> {
                long area = v.memory().readWord(arg);
                int version = v.memory().read32(area);
                v.memory().write(area, target.timeInfo(version), 0, TimeInfo.SIZE);
                yield 0;
            }
            default -> {
                v.domain.hypercalls.reportUnsupported(v, "vcpu_op", cmd);
                yield -Errno.ENOSYS;
            }
        };
    }

    private static long initialise(Vcpu v, Vcpu target, long arg) throws GuestFault {
        if (target.info == 0) {
            return -Errno.EINVAL;
        }
        if (target.initialised) {
            return -Errno.EEXIST;
        }
        long result = v.domain.guest.initialiseVcpu(v, target, arg);
        target.initialised = result == 0;
        return result;
    }

    private static long down(Vcpu target) {
        Domain domain = target.domain;
        for (Vcpu other : domain.vcpus) {
            if (other != target && other.online) {
                target.takeDown();
                return 0;
            }
        }
        // As Xen: a domain whose last processor goes away has powered off.
        domain.shutDown(ShutdownReason.POWEROFF);
        return 0;
    }

    private static long writeRunstate(Vcpu v, Vcpu target, long gva) throws GuestFault {
        long now = Math.max(v.cpu.now(), target.cpu.now());
        byte[] runstate = target.runstate.encode(now, v.abi());
        v.memory().write(gva, runstate, 0, runstate.length);
        return 0;
    }

    private static long setSingleshot(Vcpu v, long arg) throws GuestFault {
        Arguments timer = Arguments.read(v, arg, 8 + v.abi().word);
        long timeout = timer.u64(0);
        boolean future = (timer.u32(8) & SINGLESHOT_FUTURE) != 0;
        if (future && Long.compareUnsigned(timeout, v.cpu.now()) < 0) {
            return -Errno.ETIME;
        }
        v.setSingleshot(timeout < 0 ? Long.MAX_VALUE - 1 : timeout);
        return 0;
    }
}
