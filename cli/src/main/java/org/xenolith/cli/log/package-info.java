/**
 * What we say ourselves: SLF4J through Logback to standard error, one line a message, never on the
 * guest's console. {@link org.xenolith.cli.log.Logging} sets how much; {@link
 * org.xenolith.cli.log.LogConfigurator} is found by Logback when it starts.
 */
package org.xenolith.cli.log;
