/**
 * A virtual processor of an HVM or PVH domain: {@link org.xenolith.hvm.vcpu.HvmVcpu} joins the
 * emulated processor in non-root operation, its VMCS and its local APIC; {@link
 * org.xenolith.hvm.vcpu.CallbackVia} is how events reach it.
 */
package org.xenolith.hvm.vcpu;
