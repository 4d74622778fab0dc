package org.xenolith.firmware.boot;

import org.xenolith.firmware.image.BareImage;
import org.xenolith.firmware.image.BootProtocol;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What to start.
 *
 * @param image the kernel
 * @param protocol how to start it; if empty, the first of {@link BareImage#protocols()}
 * @param commandLine for the kernel, without its name; may be empty. It is handed over in UTF-8
 * @param ramdisk the initial ramdisk; for multiboot it is the first module
 * @param modules more modules, for multiboot and PVH
 */
public record BootRequest(
        BareImage image,
        Optional<BootProtocol> protocol,
        String commandLine,
        Optional<BootModule> ramdisk,
        List<BootModule> modules) {
    /** Copies the list. */
    public BootRequest {
        modules = List.copyOf(modules);
    }

    /** A kernel alone. */
    public static BootRequest of(BareImage image, String commandLine) {
        return new BootRequest(image, Optional.empty(), commandLine, Optional.empty(), List.of());
    }

    /** The ramdisk and the modules in the order in which a kernel gets them. */
    List<BootModule> allModules() {
        return ramdisk.isEmpty()
                ? modules
                : Stream.concat(ramdisk.stream(), modules.stream()).toList();
    }
}
