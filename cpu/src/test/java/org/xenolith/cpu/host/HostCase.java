package org.xenolith.cpu.host;

/**
 * A case and what hardware made of it.
 *
 * @param comment what it is about, one line
 * @param amd whether the hardware was AMD's
 * @param code machine code
 * @param before state before
 * @param after state after
 */
record HostCase(String comment, boolean amd, byte[] code, HostState before, HostState after) {}
