/**
 * From xl.cfg files and options to a validated domain configuration.
 *
 * <p>{@link org.xenolith.cli.config.XlConfig} holds the assignments of a file (xl.cfg(5)) with the
 * overrides of the command line; {@link org.xenolith.cli.config.DomainConfigReader} picks the keys
 * it knows, lets options win over them, checks them, and gives the {@link
 * org.xenolith.cli.config.DomainConfig}. Everything that is wrong is a {@link
 * org.xenolith.cli.config.ConfigException} whose message is one line naming file and line number.
 */
package org.xenolith.cli.config;
