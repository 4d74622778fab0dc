package org.xenolith.hvm.platform;

import org.xenolith.cpu.apic.ApicBus;
import org.xenolith.cpu.apic.LocalApic;
import org.xenolith.cpu.bus.AddressSpace;
import org.xenolith.devices.interrupt.IoApic;
import org.xenolith.devices.interrupt.PicPair;
import org.xenolith.devices.pc.PciPorts;
import org.xenolith.devices.pci.IsaBridge;
import org.xenolith.devices.pci.PciHost;
import org.xenolith.devices.pci.PowerManagement;
import org.xenolith.devices.serial.ByteSink;
import org.xenolith.devices.serial.Uart16550;
import org.xenolith.devices.system.AcpiPower;
import org.xenolith.devices.system.DebugPorts;
import org.xenolith.devices.system.KeyboardController;
import org.xenolith.devices.system.ResetPorts;
import org.xenolith.devices.system.SystemEvents;
import org.xenolith.devices.timer.Hpet;
import org.xenolith.devices.timer.Pit;
import org.xenolith.devices.timer.Rtc;
import org.xenolith.devices.xenplatform.PlatformPorts;
import org.xenolith.devices.xenplatform.XenPlatform;
import org.xenolith.firmware.acpi.AcpiConfig;
import org.xenolith.firmware.acpi.PmPorts;
import org.xenolith.firmware.acpi.PmRegisters;
import org.xenolith.hvm.io.IoServer;
import org.xenolith.xen.domain.Machine;

import java.time.Instant;
import java.util.Set;

/** The board of an HVM domain: what Xen and its device model emulate of a PC. */
public final class PcPlatform implements Platform {
    private static final long IO_APIC_BASE = 0xfec00000L;
    private static final long IO_APIC_SPACE = 0x1000;
    private static final int DEBUG_CONSOLE = 0xe9;
    private static final int COM1_IRQ = 4;
    private static final long HPET_BASE = 0xfed00000L;
    private static final int ISA_DEVICE = 1;
    private static final int PLATFORM_PORTS = 0xc000;
    private static final int PLATFORM_MEMORY = 0xf2000000;

    /** Interrupt pins of a PCI device. */
    private static final int PINS = 4;

    private static final int ISA_IRQS = 16;
    private static final int TIMER_GSI = 2;

    private final AddressSpace ports = new AddressSpace("port");
    private final AddressSpace memory = new AddressSpace("physical address");
    private final IoServer server = new IoServer(ports, memory);
    private final ApicBus apicBus = new ApicBus();
    private final PicPair pic;
    private final IoApic ioApic;
    private final IsaBridge isaBridge;
    private XenPlatform function;
    private final Uart16550 com1;
    private LocalApic bootProcessor;

    /**
     * Builds the board.
     *
     * @param start date at virtual time 0
     * @param console takes what is sent on COM1
     * @param debug takes what is written to port 0xe9
     * @param events what the guest asks of its machine
     */
    public PcPlatform(
            Machine machine, Instant start, ByteSink console, ByteSink debug, SystemEvents events) {
        pic = new PicPair(high -> bootProcessor.lint0(high));
        ioApic = IoApic.wide(apicBus::deliver);
        apicBus.onEndOfInterrupt(ioApic::endOfInterrupt);
        Hpet hpet = new Hpet(machine::now, machine.timers, this::drive);
        Pit pit = new Pit(machine::now, machine.timers, hpet.legacy(0));
        Rtc rtc = new Rtc(machine::now, machine.timers, hpet.legacy(1), start);
        com1 = new Uart16550(console, high -> drive(COM1_IRQ, high));
        KeyboardController keyboard = new KeyboardController(events);
        ResetPorts resets = new ResetPorts(events);
        AcpiPower acpi =
                AcpiPower.wide(
                        machine::now, machine.timers, high -> drive(PmPorts.SCI, high), events);
        isaBridge = new IsaBridge(irq -> high -> pic.irq(irq, high));
        ports.map(0x20, 2, pic.master());
        ports.map(0x40, 4, pit);
        ports.map(0x60, 1, keyboard.data());
        ports.map(0x61, 1, pit.systemControl());
        ports.map(0x64, 1, keyboard.control());
        ports.map(0x70, 2, rtc);
        ports.map(0x80, 1, DebugPorts.post("0x80"));
        ports.map(0x92, 1, resets.systemControlA());
        ports.map(0xa0, 2, pic.slave());
        ports.map(DEBUG_CONSOLE, 1, DebugPorts.console(debug));
        ports.map(0xed, 1, DebugPorts.post("0xed"));
        ports.map(0x3f8, 8, com1);
        ports.map(0x4d0, 2, pic.edgeLevelControl());
        ports.map(PmRegisters.HVM.event(), AcpiPower.FIXED_LENGTH, acpi.fixed());
        ports.map(
                PmRegisters.HVM.generalEvents(),
                AcpiPower.GENERAL_EVENTS_LENGTH,
                acpi.generalEvents());
        memory.map(IO_APIC_BASE, IO_APIC_SPACE, ioApic);
        memory.map(HPET_BASE, Hpet.LENGTH, hpet);
        mapPci(resets);
    }

    private void mapPci(ResetPorts resets) {
        // there are no emulated disks and network cards that could be unplugged
        PlatformPorts platform = new PlatformPorts(Set.of(), mask -> {});
        ports.map(PlatformPorts.BASE, PlatformPorts.LENGTH, platform);
        function = new XenPlatform(ports, memory, platform.console());
        PciHost pci = new PciHost();
        pci.add(ISA_DEVICE, 0, isaBridge);
        pci.add(ISA_DEVICE, 3, new PowerManagement(PmRegisters.HVM.event()));
        pci.add(XenPlatform.DEVICE, 0, function);
        ports.map(PciPorts.BASE, PciPorts.LENGTH, new PciPorts(pci, resets.resetControl()));
    }

    /** Places what firmware places: base addresses, routes and levels of PCI interrupts. */
    private void configureAsFirmware() {
        isaBridge.route(5, 10, 11, 5);
        ports.write(0x4d0, 1, 1 << 5);
        ports.write(0x4d1, 1, 1 << 1 | 1 << 2 | 1 << 3); // 9 to 11
        function.place(PLATFORM_PORTS, PLATFORM_MEMORY, 11);
    }

    /** The first serial port. */
    public Uart16550 com1() {
        return com1;
    }

    @Override
    public IoServer server() {
        return server;
    }

    @Override
    public ApicBus apicBus() {
        return apicBus;
    }

    @Override
    public int acknowledge() {
        return pic.acknowledge();
    }

    @Override
    public void attachBootProcessor(LocalApic apic) {
        bootProcessor = apic;
        apic.virtualWire();
        configureAsFirmware();
    }

    /** {@inheritDoc} ISA IRQ 0 arrives at the I/O APIC's input 2; IRQ 2 does not exist. */
    @Override
    public void drive(int gsi, boolean high) {
        if (gsi == TIMER_GSI) {
            return;
        }
        if (gsi < ISA_IRQS) {
            pic.irq(gsi, high);
        } else {
            int slot = gsi - ISA_IRQS;
            isaBridge.input(slot / PINS + slot % PINS, high);
        }
        ioApic.pin(gsi == 0 ? TIMER_GSI : gsi, high);
    }

    @Override
    public int ofPci(int device, int pin) {
        return AcpiConfig.PciRoot.swizzledInput(device, pin);
    }
}
