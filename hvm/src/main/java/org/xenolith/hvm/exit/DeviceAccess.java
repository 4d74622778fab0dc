package org.xenolith.hvm.exit;

import org.xenolith.cpu.bus.AddressSpace;
import org.xenolith.cpu.bus.BusDevice;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.EptWalker;
import org.xenolith.cpu.state.ExitReason;
import org.xenolith.cpu.system.PortAccess;
import org.xenolith.cpu.vmx.Vmcs;
import org.xenolith.cpu.vmx.VmcsField;
import org.xenolith.hvm.io.IoRequest;
import org.xenolith.hvm.io.IoServer;
import org.xenolith.hvm.p2m.P2m;
import org.xenolith.hvm.p2m.P2mType;
import org.xenolith.hvm.vcpu.HvmVcpu;

import java.util.ArrayList;
import java.util.List;

/**
 * Ports and device memory of one processor. A plain IN or OUT is done here. For everything else the
 * guest executes its instruction once more with the device in reach: ports let through, or the page
 * shown in the device window of the domain's memory map, where each access becomes a request. So
 * instructions on devices have the one definition that all instructions have.
 */
final class DeviceAccess {
    private static final int PORTS = 0x10000;
    private static final int PORT_SHIFT = 16;
    private static final int SIZE_MASK = 7;

    /** Pages that one instruction may touch: more than any does. */
    private static final int MOST_PAGES = 8;

    private static final long PAGE = -1L << 12;

    /**
     * Virtual nanoseconds that the processor waits for a device, as for a cycle of the ISA bus.
     * Drivers that poll a device until time has passed count on its being slow: in no time, they
     * would exit a hundred times as often.
     */
    private static final long BUS_CYCLE = 1000;

    private final HvmVcpu v;
    private final Cpu cpu;
    private final P2m p2m;
    private final IoServer server;
    private long apicBase = -1;
    private BusDevice apicPage;

    private record Shown(long gfn, long entry) {}

    DeviceAccess(HvmVcpu v, P2m p2m, IoServer server) {
        this.v = v;
        this.cpu = v.cpu;
        this.p2m = p2m;
        this.server = server;
        cpu.ports = new AddressSpace("port");
        cpu.ports.map(0, PORTS, device(IoRequest.Type.PIO));
        cpu.deviceMemory = new AddressSpace("physical address");
        cpu.deviceMemory.map(P2m.DEVICE_WINDOW, P2m.DEVICE_WINDOW, device(IoRequest.Type.COPY));
        v.apic.mapPage(
                (base, page) -> {
                    apicBase = base;
                    apicPage = page;
                });
        cpu.mapApic(-1, null);
    }

    private BusDevice device(IoRequest.Type type) {
        return new BusDevice() {
            @Override
            public long read(long offset, int size) {
                if (ownApic(type, offset)) {
                    return apicPage.read(offset - apicBase, size);
                }
                long value = server.read(v.request, type, offset, size);
                waitForDevice();
                return value;
            }

            @Override
            public void write(long offset, int size, long value) {
                if (ownApic(type, offset)) {
                    apicPage.write(offset - apicBase, size, value);
                } else {
                    server.write(v.request, type, offset, size, value);
                    waitForDevice();
                }
            }
        };
    }

    private void waitForDevice() {
        cpu.idleTime += BUS_CYCLE;
        cpu.requestStop(); // deadlines may have come
    }

    private boolean ownApic(IoRequest.Type type, long address) {
        return type == IoRequest.Type.COPY && (address & PAGE) == apicBase;
    }

    /** IN or OUT, INS or OUTS; gives whether the instruction is done and RIP may move on. */
    boolean port(Vmcs vmcs) {
        long what = vmcs.read(VmcsField.EXIT_QUALIFICATION);
        if ((what & PortAccess.STRING) != 0) {
            v.root.openPorts(true);
            try {
                v.vcpu.engine.executeOne();
            } finally {
                v.root.openPorts(false);
            }
            return false;
        }
        int port = (int) (what >>> PORT_SHIFT) & 0xffff;
        int size = (int) (what & SIZE_MASK) + 1;
        if ((what & PortAccess.IN) != 0) {
            cpu.writeReg(Cpu.RAX, cpu.ports.read(port, size), size);
        } else {
            cpu.ports.write(port, size, cpu.regs[Cpu.RAX]);
        }
        return true;
    }

    /**
     * An access to physical memory that EPT does not allow.
     *
     * @return null, or why the guest cannot go on
     */
    String memory(Vmcs vmcs) {
        List<Shown> shown = new ArrayList<>();
        try {
            while (true) {
                String problem = show(vmcs, shown);
                if (problem != null) {
                    return problem;
                }
                v.root.dismissExit();
                v.vcpu.engine.executeOne();
                boolean another =
                        v.root.exitPending()
                                && (int) vmcs.read(VmcsField.EXIT_REASON)
                                        == ExitReason.EPT_VIOLATION;
                if (!another) {
                    return null;
                }
            }
        } finally {
            for (Shown page : shown) {
                p2m.hideDevice(page.gfn(), page.entry());
            }
        }
    }

    private String show(Vmcs vmcs, List<Shown> shown) {
        long physical = vmcs.read(VmcsField.GUEST_PHYSICAL_ADDRESS);
        long what = vmcs.read(VmcsField.EXIT_QUALIFICATION);
        long gfn = physical >>> 12;
        String at = " at " + Long.toHexString(physical);
        if ((what & EptWalker.EXECUTE) != 0) {
            return "instruction fetch from device memory" + at;
        }
        if ((what & EptWalker.FINAL_ACCESS) == 0) {
            return "page table in device memory" + at;
        }
        boolean again = shown.stream().anyMatch(page -> page.gfn() == gfn);
        if (again || shown.size() == MOST_PAGES || p2m.type(gfn) == P2mType.RAM) {
            return "access to physical memory that cannot be served" + at;
        }
        long entry = p2m.showDevice(gfn);
        if (entry < 0) {
            return "access beyond the physical address space" + at;
        }
        shown.add(new Shown(gfn, entry));
        return null;
    }
}
