/**
 * A run of a domain as the host sees it: what it reads and writes, what the user asks of it
 * meanwhile, and how it ended.
 *
 * <p>{@link org.xenolith.cli.run.DomainRunner} takes a validated configuration with its images and
 * a {@link org.xenolith.cli.run.Host}, and returns a {@link org.xenolith.cli.run.RunOutcome}. The
 * machine runs in the caller's thread; other threads reach it through {@link
 * org.xenolith.cli.run.ConsoleInput} and {@link org.xenolith.cli.run.HostRequests} only.
 */
package org.xenolith.cli.run;
