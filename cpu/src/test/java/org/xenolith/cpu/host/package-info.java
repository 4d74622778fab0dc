/**
 * The host's processor as an oracle for instruction semantics.
 *
 * <p>{@link org.xenolith.cpu.host.HostComparisonTest} compares: it takes every {@link
 * org.xenolith.cpu.host.Form} of every row of the opcode table but those of {@code
 * not-compared.txt}, has {@link org.xenolith.cpu.host.CaseGenerator} encode it and {@link
 * org.xenolith.cpu.host.StateGenerator} make up registers and memory, and runs that in {@link
 * org.xenolith.cpu.host.UserMachine}, which is ours, and in {@link org.xenolith.cpu.host.HostCpu},
 * a native process. What differs is reduced by {@link org.xenolith.cpu.host.Shrinker} and written
 * as a {@link org.xenolith.cpu.host.CaseFile} under {@code target/host-regressions}; copied to
 * {@code src/test/resources/org/xenolith/cpu/host/regressions} it runs from then on in {@link
 * org.xenolith.cpu.host.HostRegressionTest}, on any machine.
 *
 * <p>Tests that need the host report themselves skipped on other machines than x86-64 with a C
 * compiler.
 */
package org.xenolith.cpu.host;
