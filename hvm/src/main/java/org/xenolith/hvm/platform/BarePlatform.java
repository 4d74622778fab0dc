package org.xenolith.hvm.platform;

import org.xenolith.cpu.apic.ApicBus;
import org.xenolith.cpu.apic.LocalApic;
import org.xenolith.cpu.bus.AddressSpace;
import org.xenolith.hvm.io.IoServer;

/** The platform of a PVH domain: local APICs, no device. */
public final class BarePlatform implements Platform {
    private final ApicBus apicBus = new ApicBus();
    private final IoServer server =
            new IoServer(new AddressSpace("port"), new AddressSpace("physical address"));

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
