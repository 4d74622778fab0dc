/**
 * HVM and PVH domains. {@link org.xenolith.hvm.HvmDomain} joins what the packages below it bring:
 * {@code vcpu} (processors in non-root operation and their interrupts), {@code p2m} (physical
 * memory as EPT tables), {@code exit} (VM exits), {@code io} and {@code platform} (devices), {@code
 * ops} (hypercalls), {@code build} (kernels and first state), {@code guest} (what users start).
 */
package org.xenolith.hvm;
