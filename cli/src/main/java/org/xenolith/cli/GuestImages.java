package org.xenolith.cli;

import org.xenolith.cli.config.DomainConfig;
import org.xenolith.cli.config.DomainType;
import org.xenolith.cli.run.FileContent;
import org.xenolith.cli.run.RunException;
import org.xenolith.firmware.image.GuestKind;
import org.xenolith.firmware.image.ImageException;
import org.xenolith.firmware.image.KernelImage;

/**
 * A configuration with the files it names, read and found fit to run.
 *
 * @param ramdisk empty for none
 */
record GuestImages(DomainConfig config, KernelImage kernel, byte[] ramdisk) {
    /** Reads the kernel and the ramdisk. */
    static GuestImages load(DomainConfig config) throws RunException, ImageException {
        checkType(config.type().orElse(DomainType.PV));
        KernelImage kernel = KernelImage.load(config.kernel());
        checkKind(config, kernel);
        byte[] ramdisk =
                config.ramdisk().isPresent()
                        ? FileContent.read(
                                "ramdisk", config.ramdisk().get(), config.memory(), "the domain's")
                        : new byte[0];
        return new GuestImages(config, kernel, ramdisk);
    }

    private static void checkType(DomainType type) throws RunException {
        if (type != DomainType.PV) {
            throw RunException.unusable(
                    "type " + type + " is not supported yet; only pv domains can run");
        }
    }

    private static void checkKind(DomainConfig config, KernelImage kernel)
            throws RunException, ImageException {
        if (kernel.guests().contains(GuestKind.PV64)) {
            return;
        }
        if (kernel.guests().contains(GuestKind.PV32)) {
            throw RunException.unusable(
                    kernel.name() + ": a 32-bit PV kernel, which is not supported yet");
        }
        if (config.type().isEmpty() && kernel.guests().contains(GuestKind.PVH)) {
            throw RunException.unusable(
                    kernel.name() + ": it can only run as pvh, which is not supported yet");
        }
        kernel.pvLayout();
    }
}
