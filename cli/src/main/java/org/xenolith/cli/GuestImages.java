package org.xenolith.cli;

import org.xenolith.cli.config.DomainConfig;
import org.xenolith.cli.config.DomainType;
import org.xenolith.cli.run.FileContent;
import org.xenolith.cli.run.GuestKernel;
import org.xenolith.cli.run.RunException;
import org.xenolith.firmware.image.BareImage;
import org.xenolith.firmware.image.GuestKind;
import org.xenolith.firmware.image.ImageException;
import org.xenolith.firmware.image.KernelImage;

/**
 * A configuration with the files it names, read and found fit to run.
 *
 * @param ramdisk empty for none
 */
record GuestImages(DomainConfig config, GuestKernel kernel, byte[] ramdisk) {
    /** Reads the kernel and the ramdisk. */
    static GuestImages load(DomainConfig config) throws RunException, ImageException {
        GuestKernel kernel = kernel(config);
        if (kernel.type() != DomainType.PV && !config.virtualization()) {
            throw RunException.unusable(
                    "type %s needs a processor with VMX, which this machine was told not to have"
                            .formatted(kernel.type()));
        }
        byte[] ramdisk =
                config.ramdisk().isPresent()
                        ? FileContent.read(
                                "ramdisk", config.ramdisk().get(), config.memory(), "the domain's")
                        : new byte[0];
        return new GuestImages(config, kernel, ramdisk);
    }

    private static GuestKernel kernel(DomainConfig config) throws RunException, ImageException {
        if (config.type().isPresent() && config.type().get() != DomainType.PV) {
            return translated(config, config.type().get());
        }
        KernelImage kernel = KernelImage.load(config.kernel());
        if (kernel.guests().contains(GuestKind.PV64)) {
            return new GuestKernel.Pv(kernel);
        }
        if (kernel.guests().contains(GuestKind.PV32)) {
            throw RunException.unusable(
                    kernel.name() + ": a 32-bit PV kernel, which is not supported yet");
        }
        if (config.type().isEmpty() && kernel.guests().contains(GuestKind.PVH)) {
            return translated(config, DomainType.PVH);
        }
        kernel.pvLayout();
        return new GuestKernel.Pv(kernel);
    }

    private static GuestKernel translated(DomainConfig config, DomainType type)
            throws ImageException {
        return new GuestKernel.Translated(type, BareImage.load(config.kernel()));
    }
}
