package org.xenolith.hvm.platform;

import org.xenolith.cpu.apic.ApicBus;
import org.xenolith.cpu.apic.LocalApic;
import org.xenolith.cpu.bus.AddressSpace;
import org.xenolith.cpu.bus.InterruptLine;
import org.xenolith.devices.serial.ByteSink;
import org.xenolith.devices.system.AcpiPower;
import org.xenolith.devices.system.DebugPorts;
import org.xenolith.devices.system.SystemEvents;
import org.xenolith.firmware.acpi.PmRegisters;
import org.xenolith.hvm.io.IoServer;
import org.xenolith.xen.domain.Machine;

/**
 * The platform of a PVH domain: local APICs, the debug console, and the ACPI registers by which it
 * powers off.
 */
public final class BarePlatform implements Platform {
    private static final int DEBUG_CONSOLE = 0xe9;

    private final ApicBus apicBus = new ApicBus();
    private final IoServer server;

    /**
     * Builds the platform.
     *
     * @param debug takes what is written to port 0xe9
     * @param events what the guest asks of its machine
     */
    public BarePlatform(Machine machine, ByteSink debug, SystemEvents events) {
        AddressSpace ports = new AddressSpace("port");
        ports.map(DEBUG_CONSOLE, 1, DebugPorts.console(debug));
        ports.map(
                PmRegisters.PVH.event(),
                AcpiPower.LENGTH,
                new AcpiPower(machine::now, machine.timers, InterruptLine.UNCONNECTED, events));
        server = new IoServer(ports, new AddressSpace("physical address"));
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
        return -1;
    }

    @Override
    public void attachBootProcessor(LocalApic apic) {
        // nothing interrupts it but messages
    }

    @Override
    public void drive(int gsi, boolean high) {
        // no interrupt controller has that input
    }

    @Override
    public int ofPci(int device, int pin) {
        return -1;
    }
}
