package org.xenolith.cli;

import org.xenolith.cli.config.DomainConfig;
import org.xenolith.cli.run.FileContent;
import org.xenolith.cli.run.GuestKernel;
import org.xenolith.cli.run.RunException;
import org.xenolith.firmware.image.ImageException;

/**
 * A configuration with the files it names, read and found fit to run.
 *
 * @param ramdisk empty for none
 */
record GuestImages(DomainConfig config, GuestKernel kernel, byte[] ramdisk) {
    /** Reads the kernel and the ramdisk. */
    static GuestImages load(DomainConfig config) throws RunException, ImageException {
        GuestKernel kernel = GuestKernel.load(config);
        byte[] ramdisk =
                config.ramdisk().isPresent()
                        ? FileContent.read(
                                "ramdisk", config.ramdisk().get(), config.memory(), "the domain's")
                        : new byte[0];
        return new GuestImages(config, kernel, ramdisk);
    }
}
