package org.xenolith.cli.bare;

import org.xenolith.cli.config.BareConfig;
import org.xenolith.cli.run.FileContent;
import org.xenolith.cli.run.RunException;
import org.xenolith.firmware.boot.BootModule;
import org.xenolith.firmware.boot.BootRequest;
import org.xenolith.firmware.image.BareImage;
import org.xenolith.firmware.image.ImageException;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The files that a configuration names, read. */
final class BareImages {
    private BareImages() {}

    /** What a boot loader is asked for. */
    static BootRequest load(BareConfig config) throws RunException, ImageException {
        Optional<BootModule> ramdisk = Optional.empty();
        if (config.initrd().isPresent()) {
            Path file = config.initrd().get();
            ramdisk = Optional.of(module("initrd", file, file.toString(), config));
        }
        List<BootModule> modules = new ArrayList<>();
        for (BareConfig.Module each : config.modules()) {
            modules.add(module("module", each.file(), each.commandLine(), config));
        }
        return new BootRequest(
                BareImage.load(config.kernel()),
                Optional.empty(),
                config.commandLine(),
                ramdisk,
                modules);
    }

    private static BootModule module(String what, Path file, String text, BareConfig config)
            throws RunException {
        return new BootModule(text, FileContent.read(what, file, config.memory(), "the machine's"));
    }
}
