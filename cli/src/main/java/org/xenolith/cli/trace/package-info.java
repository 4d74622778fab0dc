/**
 * {@code --trace}: {@link org.xenolith.cli.trace.TraceOption} says what is wanted and where it
 * goes, {@link org.xenolith.cli.trace.TraceWriter} writes it as text or as JSON lines.
 */
package org.xenolith.cli.trace;
