package org.xenolith.pv.trap;

import org.xenolith.pv.trap.state.Addresses;
import org.xenolith.pv.trap.state.Callback;
import org.xenolith.pv.trap.state.TrapTable;
import org.xenolith.pv.trap.state.VcpuState;
import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.GuestMemory;
import org.xenolith.xen.domain.HypercallTable;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.hypercall.Errno;
import org.xenolith.xen.hypercall.HypercallNumber;

/**
 * Hypercalls that say where the guest's kernel is entered, and the one that leaves it:
 * set_trap_table, stack_switch, set_callbacks, iret, nmi_op and callback_op.
 */
public final class TrapHypercalls {
    private static final int SET_TRAP_TABLE = 0;
    private static final int STACK_SWITCH = 3;
    private static final int SET_CALLBACKS = 4;
    private static final int NMI_OP = 28;
    private static final int CALLBACK_OP = 30;

    /** Operations of callback_op and of nmi_op. */
    private static final int REGISTER = 0;

    private static final int UNREGISTER = 1;

    /** CALLBACKTYPE_* (public/callback.h). */
    private static final int EVENT = 0;

    private static final int FAILSAFE = 1;
    private static final int SYSCALL = 2;
    private static final int NMI = 4;
    private static final int SYSCALL32 = 7;
    private static final int CALLBACKF_MASK_EVENTS = 1;

    private static final int NMI_VECTOR = 2;
    private static final int TRAP_INFO_BYTES = 16;

    /** A table may name a vector again, but a guest must not keep the hypervisor reading. */
    private static final int MAX_TRAP_INFOS = 16 * TrapTable.SIZE;

    private TrapHypercalls() {}

    /** Adds these hypercalls to a PV domain's table. */
    public static void register(HypercallTable table) {
        table.register(
                SET_TRAP_TABLE, "set_trap_table", (v, traps, b, c, d, e) -> setTrapTable(v, traps));
        table.register(STACK_SWITCH, "stack_switch", (v, ss, sp, c, d, e) -> stackSwitch(v, sp));
        table.register(
                SET_CALLBACKS,
                "set_callbacks",
                (v, event, failsafe, syscall, d, e) -> setCallbacks(v, event, failsafe, syscall));
        table.register(
                HypercallNumber.IRET, "iret", (v, a, b, c, d, e) -> supervisor(v).iret().execute());
        table.register(NMI_OP, "nmi_op", (v, op, arg, c, d, e) -> nmiOp(v, (int) op, arg));
        table.register(
                CALLBACK_OP, "callback_op", (v, op, arg, c, d, e) -> callbackOp(v, (int) op, arg));
    }

    static PvSupervisor supervisor(Vcpu vcpu) {
        return (PvSupervisor) vcpu.cpu.supervisor;
    }

    static VcpuState state(Vcpu vcpu) {
        return supervisor(vcpu).state();
    }

    private static long setTrapTable(Vcpu vcpu, long gva) throws GuestFault {
        TrapTable traps = state(vcpu).traps;
        if (gva == 0) {
            traps.clear();
            return 0;
        }
        GuestMemory memory = vcpu.memory();
        for (int i = 0; i < MAX_TRAP_INFOS; i++) {
            long at = gva + (long) i * TRAP_INFO_BYTES;
            long head = memory.read64(at);
            long handler = memory.read64(at + 8);
            if (handler == 0) {
                return 0;
            }
            if (!Addresses.canonical(handler)) {
                return -Errno.EINVAL;
            }
            traps.set((int) head & 0xff, (int) (head >> 8) & 0xff, handler);
        }
        return -Errno.E2BIG;
    }

    /** On x86-64 the kernel always gets the flat stack segment, whatever selector it names. */
    private static long stackSwitch(Vcpu vcpu, long sp) {
        state(vcpu).kernelSp = sp;
        return 0;
    }

    /** The old form of callback_op; each address that is not canonical is left out. */
    private static long setCallbacks(Vcpu vcpu, long event, long failsafe, long syscall) {
        setCallback(vcpu, EVENT, event, false);
        setCallback(vcpu, FAILSAFE, failsafe, false);
        setCallback(vcpu, SYSCALL, syscall, false);
        return 0;
    }

    private static long callbackOp(Vcpu vcpu, int op, long arg) throws GuestFault {
        GuestMemory memory = vcpu.memory();
        switch (op) {
            case REGISTER -> {
                int head = memory.read32(arg);
                boolean mask = (head >>> 16 & CALLBACKF_MASK_EVENTS) != 0;
                return setCallback(vcpu, head & 0xffff, memory.read64(arg + 8), mask);
            }
            case UNREGISTER -> {
                int type = memory.read16(arg);
                if (type == NMI) {
                    state(vcpu).traps.set(NMI_VECTOR, 0, 0);
                    return 0;
                }
                return callback(vcpu, type) == null ? -Errno.ENOSYS : -Errno.EINVAL;
            }
            default -> {
                return -Errno.ENOSYS;
            }
        }
    }

    private static long setCallback(Vcpu vcpu, int type, long address, boolean maskEvents) {
        if (!Addresses.canonical(address)) {
            return -Errno.EINVAL;
        }
        if (type == NMI) {
            state(vcpu).traps.setMasked(NMI_VECTOR, address);
            return 0;
        }
        Callback callback = callback(vcpu, type);
        if (callback == null) {
            return -Errno.ENOSYS;
        }
        callback.set(address, maskEvents);
        return 0;
    }

    /** Null for types that are not offered; SYSENTER is one, because CPUID has no SEP. */
    private static Callback callback(Vcpu vcpu, int type) {
        VcpuState state = state(vcpu);
        return switch (type) {
            case EVENT -> state.event;
            case FAILSAFE -> state.failsafe;
            case SYSCALL -> state.syscall;
            case SYSCALL32 -> state.syscall32;
            default -> null;
        };
    }

    private static long nmiOp(Vcpu vcpu, int op, long arg) throws GuestFault {
        switch (op) {
            case REGISTER -> {
                return setCallback(vcpu, NMI, vcpu.memory().read64(arg), true);
            }
            case UNREGISTER -> {
                state(vcpu).traps.set(NMI_VECTOR, 0, 0);
                return 0;
            }
            default -> {
                return -Errno.ENOSYS;
            }
        }
    }
}
