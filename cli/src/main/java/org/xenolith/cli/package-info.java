/**
 * The command line. {@link org.xenolith.cli.Main} parses it and starts one of the commands:
 *
 * <ul>
 *   <li>{@link org.xenolith.cli.RunCommand}: a domain from options and an xl.cfg file;
 *   <li>{@link org.xenolith.cli.DemoCommand}: the guest that comes with Xenolith;
 *   <li>{@link org.xenolith.cli.InfoCommand}: what a kernel image is;
 *   <li>{@link org.xenolith.cli.DisasmCommand}: code as text;
 *   <li>{@link org.xenolith.cli.TranslateCommand}: code beside the bytecode that it becomes.
 * </ul>
 *
 * <p>Commands turn arguments into a {@link org.xenolith.cli.config.DomainConfig} and hand it to
 * {@link org.xenolith.cli.run.DomainRunner}; what the user did wrong is a {@link
 * org.xenolith.cli.run.RunException} of one line.
 */
package org.xenolith.cli;
