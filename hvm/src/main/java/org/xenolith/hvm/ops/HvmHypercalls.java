package org.xenolith.hvm.ops;

import org.xenolith.hvm.p2m.HvmMemory;
import org.xenolith.hvm.vcpu.CallbackVia;
import org.xenolith.hvm.vcpu.HvmVcpu;
import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.HypercallTable;
import org.xenolith.xen.hypercall.Errno;
import org.xenolith.xen.hypercall.HypercallNumber;
import org.xenolith.xen.ops.CommonHypercalls;
import org.xenolith.xen.ops.PhysicalMap;

/** Registers the hypercalls of HVM and PVH domains. */
public final class HvmHypercalls {
    private static final int ASSIST_ENABLE = 0;
    private static final int ASSIST_DISABLE = 1;

    /** VMASST_TYPE_runstate_update_flag, all that a translated guest may switch. */
    private static final int ASSIST_RUNSTATE_UPDATE = 5;

    private HvmHypercalls() {}

    /**
     * Fills the table of a domain that is being built.
     *
     * @param highest the highest frame number in use
     */
    public static void register(
            Domain domain,
            HvmVcpu[] vcpus,
            HvmMemory memory,
            PhysicalMap map,
            HvmParams params,
            CallbackVia callback,
            long highest) {
        CommonHypercalls.register(domain);
        HypercallTable table = domain.hypercalls;
        MemoryOps memoryOps = new MemoryOps(domain, memory, map, highest);
        HvmOp hvmOp = new HvmOp(vcpus, params, memory.p2m(), callback);
        table.register(HypercallNumber.MEMORY_OP, "memory_op", memoryOps::call);
        table.register(HypercallNumber.HVM_OP, "hvm_op", hvmOp::call);
        table.register(
                HypercallNumber.VM_ASSIST,
                "vm_assist",
                (v, op, type, a3, a4, a5) -> vmAssist(domain, (int) op, type));
        table.register(HypercallNumber.DM_OP, "dm_op", (v, a1, a2, a3, a4, a5) -> -Errno.EPERM);
    }

    private static long vmAssist(Domain domain, int op, long type) {
        if (type != ASSIST_RUNSTATE_UPDATE) {
            return -Errno.EINVAL;
        }
        return switch (op) {
            case ASSIST_ENABLE -> {
                domain.vmAssist |= 1L << type;
                yield 0;
            }
            case ASSIST_DISABLE -> {
                domain.vmAssist &= ~(1L << type);
                yield 0;
            }
            default -> -Errno.ENOSYS;
        };
    }
}
