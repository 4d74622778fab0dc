package org.xenolith.hvm.ops;

import org.xenolith.hvm.p2m.P2m;
import org.xenolith.hvm.p2m.P2mType;
import org.xenolith.hvm.vcpu.CallbackVia;
import org.xenolith.hvm.vcpu.HvmVcpu;
import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.hypercall.Errno;
import org.xenolith.xen.ops.Arguments;
import org.xenolith.xen.ops.Subjects;

/** hvm_op(cmd, arg): parameters, upcall vectors and facts for guests (public/hvm/hvm_op.h). */
final class HvmOp {
    private static final int SET_PARAM = 0;
    private static final int GET_PARAM = 1;
    private static final int FLUSH_TLBS = 5;
    private static final int PAGETABLE_DYING = 9;
    private static final int GET_TIME = 10;
    private static final int GET_MEM_TYPE = 15;
    private static final int SET_EVTCHN_UPCALL_VECTOR = 23;

    /** HVMMEM_* (public/hvm/hvm_op.h). */
    private static final int MEM_RAM_RW = 0;

    private static final int MEM_RAM_RO = 1;
    private static final int MEM_MMIO_DM = 2;

    private static final int FIRST_VECTOR = 0x10;

    private final HvmVcpu[] vcpus;
    private final HvmParams params;
    private final P2m p2m;
    private final CallbackVia callback;

    HvmOp(HvmVcpu[] vcpus, HvmParams params, P2m p2m, CallbackVia callback) {
        this.vcpus = vcpus;
        this.params = params;
        this.p2m = p2m;
        this.callback = callback;
    }

    long call(Vcpu v, long cmd, long arg, long a3, long a4, long a5) throws GuestFault {
        return switch ((int) cmd) {
            case SET_PARAM, GET_PARAM -> param(v, (int) cmd, arg);
            case FLUSH_TLBS -> {
                if (arg != 0) {
                    yield -Errno.EINVAL;
                }
                for (HvmVcpu each : vcpus) {
                    each.vcpu.cpu.flushTlb();
                }
                yield 0;
            }
            case GET_TIME -> {
                v.memory().write64(arg, v.cpu.now());
                yield 0;
            }
            // a hint for shadow paging, of which there is none
            case PAGETABLE_DYING -> -Errno.EINVAL;
            case GET_MEM_TYPE -> memType(v, arg);
            case SET_EVTCHN_UPCALL_VECTOR -> upcallVector(v, arg);
            default -> {
                v.domain.hypercalls.reportUnsupported(v, "hvm_op", cmd);
                yield -Errno.ENOSYS;
            }
        };
    }

    /** struct xen_hvm_param: domid, index, value. */
    private long param(Vcpu v, int cmd, long arg) throws GuestFault {
        Arguments op = Arguments.read(v, arg, 16);
        int rc = Subjects.own(v.domain, op.u16(0));
        if (rc != 0) {
            return rc;
        }
        long number = op.u32(4) & 0xffffffffL;
        if (cmd == GET_PARAM) {
            rc = HvmParams.checkGet(number);
            if (rc == 0) {
                op.put64(8, params.get((int) number));
            }
            return rc;
        }
        long value = op.u64(8);
        rc = params.checkSet(number, value);
        if (rc == 0 && number == HvmParams.CALLBACK_IRQ) {
            rc = callback.set(value);
            if (rc == 0) {
                v.domain.latchSharedAbi(v.abi());
            }
        }
        if (rc == 0) {
            params.set((int) number, value);
        }
        return rc;
    }

    /** struct xen_hvm_get_mem_type: domid, type, two pads, frame number. */
    private long memType(Vcpu v, long arg) throws GuestFault {
        Arguments op = Arguments.read(v, arg, 16);
        int rc = Subjects.own(v.domain, op.u16(0));
        if (rc == 0) {
            P2mType type = p2m.type(op.u64(8));
            op.put16(2, type == P2mType.NONE ? MEM_MMIO_DM : readOnly(type));
        }
        return rc;
    }

    private static int readOnly(P2mType type) {
        return type == P2mType.RAM || type == P2mType.FOREIGN ? MEM_RAM_RW : MEM_RAM_RO;
    }

    /** struct xen_hvm_evtchn_upcall_vector: processor, vector. */
    private long upcallVector(Vcpu v, long arg) throws GuestFault {
        Arguments op = Arguments.read(v, arg, 8);
        int vector = op.u16(4) & 0xff;
        if (vector < FIRST_VECTOR) {
            return -Errno.EINVAL;
        }
        Domain domain = v.domain;
        Vcpu target = domain.vcpu(op.u32(0) & 0xffffffffL);
        if (target == null) {
            return -Errno.ENOENT;
        }
        vcpus[target.id].upcallVector(vector);
        return 0;
    }
}
