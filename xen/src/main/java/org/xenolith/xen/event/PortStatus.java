package org.xenolith.xen.event;

/**
 * Answer of EVTCHNOP_status.
 *
 * @param status EVTCHNSTAT_*: 0 closed, 1 unbound, 2 interdomain, 4 virq, 5 ipi
 * @param vcpu the processor that is told
 * @param domid the other domain, for unbound and interdomain
 * @param detail the other port for interdomain, the VIRQ for virq, else 0
 */
public record PortStatus(int status, int vcpu, int domid, int detail) {}
