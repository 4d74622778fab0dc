/**
 * The objects that the hypervisor is about. A {@link org.xenolith.xen.domain.Machine} holds RAM and
 * domains; a {@link org.xenolith.xen.domain.Domain} has memory, event channels, a grant table, a
 * hypercall table and virtual processors; a {@link org.xenolith.xen.domain.Vcpu} is an emulated
 * processor with its place in all this.
 *
 * <p>What differs between PV, PVH and HVM guests is behind {@link
 * org.xenolith.xen.domain.GuestType}, which the modules above implement. A guest's memory is read
 * and written through {@link org.xenolith.xen.domain.GuestMemory} only, which checks each access.
 */
package org.xenolith.xen.domain;
