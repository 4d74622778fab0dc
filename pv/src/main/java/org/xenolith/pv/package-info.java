/**
 * PV domains: guests that know of the hypervisor, run their kernel without ring 0 and manage their
 * page tables with its help.
 *
 * <p>{@link org.xenolith.pv.PvDomain} puts one together: memory and page tables ({@code pv.mm}),
 * what the domain starts with ({@code pv.build}), and traps, SYSCALL and privileged instructions
 * ({@code pv.trap}).
 */
package org.xenolith.pv;
