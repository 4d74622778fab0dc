package org.xenolith.cli.config;

import java.nio.file.Path;

/**
 * The Xen that runs a PV guest within a PVH domain: {@code pvshim=1} of xl.cfg(5).
 *
 * @param path the image, {@code xen-shim}
 * @param commandLine its own command line
 */
public record ShimConfig(Path path, String commandLine) {}
