/**
 * Which processor a guest sees: {@link org.xenolith.cpu.model.Feature}s by their CPUID bits, named
 * {@link org.xenolith.cpu.model.CpuModel}s kept as tables in the resources beside this package, the
 * {@link org.xenolith.cpu.model.Cpuid} leaves that follow from a model, and the {@link
 * org.xenolith.cpu.model.Msrs} of a machine without a hypervisor.
 */
package org.xenolith.cpu.model;
