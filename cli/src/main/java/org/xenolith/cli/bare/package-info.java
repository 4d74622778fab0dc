/**
 * The bare machine put together: processors, the PC around them, a boot loader's plan, and the
 * host's terminal.
 *
 * <p>{@link org.xenolith.cli.bare.BareRunner} takes a {@link org.xenolith.cli.config.BareConfig}
 * and a {@link org.xenolith.cli.run.Host}, builds a {@link org.xenolith.cli.bare.BareMachine} and
 * runs it until it ends, again after each reset.
 */
package org.xenolith.cli.bare;
