/**
 * The host's processor as an oracle for instruction semantics. Start at {@link
 * org.xenolith.cpu.host.HostCpu}: it runs given machine code on given registers and memory. Tests
 * that use it report themselves skipped on other machines than x86-64 with a C compiler.
 */
package org.xenolith.cpu.host;
