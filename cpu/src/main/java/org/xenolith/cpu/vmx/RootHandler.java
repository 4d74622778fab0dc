package org.xenolith.cpu.vmx;

import org.xenolith.cpu.state.Cpu;

/** A hypervisor that is written in Java: root operation of one or more processors. */
@FunctionalInterface
public interface RootHandler {
    /**
     * Called after a VM exit. The VMCS has the exit's information; the guest's registers still
     * stand in the processor, which the handler may read and change in place of the guest-state
     * fields. What it writes into control fields, and the event that it wants injected, take effect
     * when it returns.
     */
    void exited(Cpu cpu, Vmcs vmcs);
}
