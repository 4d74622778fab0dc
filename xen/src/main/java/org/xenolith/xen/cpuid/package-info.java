/**
 * The CPUID leaves by which a guest recognises Xen, for all types of domains. Start at {@link
 * org.xenolith.xen.cpuid.XenLeaves}; what the other leaves say is up to each type.
 */
package org.xenolith.xen.cpuid;
