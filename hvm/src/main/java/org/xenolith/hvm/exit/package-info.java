/**
 * VM exits of HVM and PVH domains. {@link org.xenolith.hvm.exit.ExitHandler} takes each one and has
 * a class for every kind that needs more than a line: CPUID, MSRs, ports, device memory,
 * hypercalls.
 */
package org.xenolith.hvm.exit;
