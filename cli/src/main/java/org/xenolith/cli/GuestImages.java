package org.xenolith.cli;

import org.xenolith.cli.config.DomainConfig;
import org.xenolith.cli.config.DomainType;
import org.xenolith.cli.run.RunException;
import org.xenolith.firmware.image.GuestKind;
import org.xenolith.firmware.image.ImageException;
import org.xenolith.firmware.image.KernelImage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A configuration with the files it names, read and found fit to run.
 *
 * @param ramdisk empty for none
 */
record GuestImages(DomainConfig config, KernelImage kernel, byte[] ramdisk) {
    /** The longest array that every JVM can make. */
    private static final int MAX_ARRAY = Integer.MAX_VALUE - 8;

    /** Reads the kernel and the ramdisk. */
    static GuestImages load(DomainConfig config) throws RunException, ImageException {
        checkType(config.type().orElse(DomainType.PV));
        KernelImage kernel = KernelImage.load(config.kernel());
        checkKind(config, kernel);
        byte[] ramdisk = config.ramdisk().isPresent() ? ramdisk(config) : new byte[0];
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

    /** Reads no more than can fit: the file may be a device or a pipe without an end. */
    private static byte[] ramdisk(DomainConfig config) throws RunException {
        Path file = config.ramdisk().orElseThrow();
        int limit = (int) Math.min((long) config.memory() << 20, MAX_ARRAY);
        byte[] content;
        try (InputStream in = Files.newInputStream(file)) {
            content = in.readNBytes(limit);
        } catch (IOException | OutOfMemoryError e) {
            throw RunException.unusable("ramdisk: " + file + ": cannot be read");
        }
        if (content.length == limit) {
            throw RunException.unusable(
                    ("ramdisk: " + file + ": larger than the domain's ")
                            + (config.memory() + " MiB of memory"));
        }
        return content;
    }
}
