package org.xenolith.pv.build;

import org.xenolith.firmware.image.KernelImage;

/**
 * What to build.
 *
 * @param kernel image of a PV kernel
 * @param ramdisk contents of the first module; empty for none
 * @param commandLine at most 1023 bytes of ASCII
 * @param memoryPages pages of the domain
 * @param maxPages to which it may balloon up, at least {@code memoryPages}
 * @param storePort the guest's event channel to xenstore
 * @param consolePort the guest's event channel to its console
 */
public record PvBuildParams(
        KernelImage kernel,
        byte[] ramdisk,
        String commandLine,
        int memoryPages,
        int maxPages,
        int storePort,
        int consolePort) {}
