/**
 * The host's terminal and signals. {@link org.xenolith.cli.terminal.Terminal} puts the terminal of
 * standard input into raw mode for a guest's console and restores it however the program ends;
 * {@link org.xenolith.cli.terminal.Signals} hears signals.
 */
package org.xenolith.cli.terminal;
