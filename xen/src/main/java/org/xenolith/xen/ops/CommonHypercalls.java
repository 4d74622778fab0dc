package org.xenolith.xen.ops;

import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.HypercallTable;
import org.xenolith.xen.hypercall.Errno;
import org.xenolith.xen.hypercall.HypercallNumber;

/** Registers the hypercalls that do not depend on the type of guest. */
public final class CommonHypercalls {
    private CommonHypercalls() {}

    /** Fills the table of a domain that is being built. */
    public static void register(Domain domain) {
        HypercallTable table = domain.hypercalls;
        table.register(HypercallNumber.MULTICALL, "multicall", Multicall::call);
        table.register(HypercallNumber.SET_TIMER_OP, "set_timer_op", TimerOp::call);
        table.register(HypercallNumber.XEN_VERSION, "xen_version", VersionOp::call);
        table.register(HypercallNumber.CONSOLE_IO, "console_io", ConsoleIo::call);
        table.register(HypercallNumber.GRANT_TABLE_OP, "grant_table_op", GrantTableOp::call);
        table.register(HypercallNumber.VCPU_OP, "vcpu_op", VcpuOp::call);
        table.register(HypercallNumber.SCHED_OP, "sched_op", SchedOp::call);
        table.register(HypercallNumber.EVENT_CHANNEL_OP, "event_channel_op", EventChannelOp::call);
        refuse(table, HypercallNumber.PLATFORM_OP, "platform_op", Errno.EPERM);
        refuse(table, HypercallNumber.SYSCTL, "sysctl", Errno.EPERM);
        refuse(table, HypercallNumber.DOMCTL, "domctl", Errno.EPERM);
        refuse(table, HypercallNumber.KEXEC_OP, "kexec_op", Errno.EPERM);
        refuse(table, HypercallNumber.HYPFS_OP, "hypfs_op", Errno.EPERM);
        refuse(table, HypercallNumber.MCA, "mca", Errno.EPERM);
        // Argo and the virtual PMU are off in Xen unless its command line asks for them.
        refuse(table, HypercallNumber.ARGO_OP, "argo_op", Errno.EOPNOTSUPP);
        refuse(table, HypercallNumber.XENPMU_OP, "xenpmu_op", Errno.EOPNOTSUPP);
    }

    /** A hypercall for privileged domains, of which there are none. */
    private static void refuse(HypercallTable table, int number, String name, int error) {
        table.register(number, name, (vcpu, a1, a2, a3, a4, a5) -> -error);
    }
}
