package org.xenolith.pv.trap;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xenolith.pv.mm.PvMemory;
import org.xenolith.pv.trap.state.Addresses;
import org.xenolith.pv.trap.state.VcpuState;
import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.HypercallTable;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.hypercall.Errno;

import java.util.TreeSet;

/**
 * physdev_op (public/physdev.h) of a domain without physical devices: the virtual IOPL and I/O
 * bitmap are its own; interrupts and PCI devices it has none of.
 */
public final class PhysdevHypercall {
    private static final Logger LOG = LoggerFactory.getLogger(PhysdevHypercall.class);

    private static final int NUMBER = 33;

    private static final int IRQ_STATUS_QUERY = 5;
    private static final int SET_IOPL = 6;
    private static final int SET_IOBITMAP = 7;
    private static final int APIC_READ = 8;
    private static final int APIC_WRITE = 9;
    private static final int ALLOC_IRQ_VECTOR = 10;
    private static final int EOI = 12;
    private static final int MAP_PIRQ = 13;
    private static final int UNMAP_PIRQ = 14;
    private static final int MANAGE_PCI_ADD = 15;
    private static final int MANAGE_PCI_REMOVE = 16;
    private static final int PIRQ_EOI_GMFN_V1 = 17;
    private static final int PIRQ_EOI_GMFN_V2 = 28;
    private static final int RESTORE_MSI = 19;
    private static final int MANAGE_PCI_ADD_EXT = 20;
    private static final int SETUP_GSI = 21;
    private static final int MMCFG_RESERVED = 24;
    private static final int PCI_DEVICE_ADD = 25;
    private static final int PCI_DEVICE_REMOVE = 26;
    private static final int RESTORE_MSI_EXT = 27;
    private static final int PREPARE_MSIX = 30;
    private static final int RELEASE_MSIX = 31;

    private static final int PORTS = 65536;
    private static final int MAX_REPORTS = 64;

    private final TreeSet<Integer> reported = new TreeSet<>();

    private final PvMemory memory;
    private boolean hasEoiMap;

    private PhysdevHypercall(PvMemory memory) {
        this.memory = memory;
    }

    /** Adds the hypercall to a PV domain's table. */
    public static void register(HypercallTable table, PvMemory memory) {
        PhysdevHypercall call = new PhysdevHypercall(memory);
        table.register(
                NUMBER, "physdev_op", (v, op, arg, c, d, e) -> call.execute(v, (int) op, arg));
    }

    private long execute(Vcpu vcpu, int op, long arg) throws GuestFault {
        VcpuState state = TrapHypercalls.state(vcpu);
        switch (op) {
            case SET_IOPL -> {
                int level = vcpu.memory().read32(arg);
                if (level < 0 || level > 3) {
                    return -Errno.EINVAL;
                }
                state.iopl = level << 12;
                return 0;
            }
            case SET_IOBITMAP -> {
                long bitmap = vcpu.memory().read64(arg);
                int ports = vcpu.memory().read32(arg + 8);
                if (ports < 0 || ports > PORTS || !Addresses.allowed(bitmap)) {
                    return -Errno.EINVAL;
                }
                state.ioBitmap = bitmap;
                state.ioPorts = ports;
                return 0;
            }
            case PIRQ_EOI_GMFN_V1, PIRQ_EOI_GMFN_V2 -> {
                return setEoiMap(vcpu.memory().read64(arg));
            }
            case EOI, IRQ_STATUS_QUERY -> {
                return -Errno.EINVAL; // no such interrupt
            }
            case APIC_READ,
                    APIC_WRITE,
                    ALLOC_IRQ_VECTOR,
                    MAP_PIRQ,
                    UNMAP_PIRQ,
                    MANAGE_PCI_ADD,
                    MANAGE_PCI_REMOVE,
                    MANAGE_PCI_ADD_EXT,
                    SETUP_GSI,
                    MMCFG_RESERVED,
                    PCI_DEVICE_ADD,
                    PCI_DEVICE_REMOVE,
                    PREPARE_MSIX,
                    RELEASE_MSIX -> {
                return -Errno.EPERM;
            }
            case RESTORE_MSI, RESTORE_MSI_EXT -> {
                return -Errno.ENODEV;
            }
            default -> {
                if (reported.size() < MAX_REPORTS && reported.add(op)) {
                    LOG.warn("physdev_op {} is not known", op);
                }
                return -Errno.ENOSYS;
            }
        }
    }

    /**
     * Takes the page in which each physical interrupt that needs an EOI has a bit. Without such
     * interrupts all its bits stay as the guest made them, but it is kept as any shared page is.
     */
    private long setEoiMap(long mfn) {
        if (hasEoiMap) {
            return -Errno.EBUSY;
        }
        if (!memory.holdForBackend(mfn)) {
            return -Errno.EINVAL;
        }
        hasEoiMap = true;
        return 0;
    }
}
