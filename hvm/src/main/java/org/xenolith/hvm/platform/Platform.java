package org.xenolith.hvm.platform;

import org.xenolith.cpu.apic.ApicBus;
import org.xenolith.cpu.apic.LocalApic;
import org.xenolith.hvm.io.IoServer;
import org.xenolith.hvm.vcpu.CallbackVia;

/** The board of a domain. */
public interface Platform extends CallbackVia.Line {
    /** Serves the domain's device accesses. */
    IoServer server();

    /** What connects the local APICs. */
    ApicBus apicBus();

    /** INTA cycles of the 8259s: a vector, or -1 for none. */
    int acknowledge();

    /** Connects the first processor, which the 8259s interrupt. */
    void attachBootProcessor(LocalApic apic);
}
