/**
 * What CPUID tells a PV guest. Start at {@link org.xenolith.pv.trap.cpuid.CpuidPolicy}; {@link
 * org.xenolith.pv.trap.cpuid.OfferedFeatures} is the list to extend when the processor learns more
 * instructions.
 */
package org.xenolith.pv.trap.cpuid;
