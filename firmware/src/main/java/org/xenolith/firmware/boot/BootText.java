package org.xenolith.firmware.boot;

import org.xenolith.firmware.image.ImageException;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Texts for a kernel: UTF-8 that ends with a NUL. */
final class BootText {
    /** How multiboot kernels see this loader called. */
    static final byte[] LOADER_NAME = "xenolith\0".getBytes(StandardCharsets.US_ASCII);

    /** Longest text handed over, in bytes without its end mark. */
    private static final int LONGEST = 16 << 10;

    private BootText() {}

    /**
     * The bytes of a text with a NUL behind.
     *
     * @param what it is, for the message
     * @param most bytes without the NUL that the kernel takes
     * @throws ImageException if the text has a NUL in it, or is too long
     */
    static byte[] bytes(String text, String what, long most, String imageName)
            throws ImageException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (text.indexOf('\0') >= 0) {
            throw new ImageException(imageName, what + " has a NUL in it", "leave it out");
        }
        long limit = Math.min(most, LONGEST);
        if (bytes.length > limit) {
            throw new ImageException(
                    imageName,
                    "%s has %d bytes, but only %d are taken".formatted(what, bytes.length, limit),
                    "shorten it");
        }
        return Arrays.copyOf(bytes, bytes.length + 1);
    }

    /**
     * The command line of a request, behind the name of the kernel as multiboot loaders by custom
     * do.
     */
    static byte[] namedCommandLine(BootRequest request) throws ImageException {
        String name = request.image().name();
        String line = request.commandLine();
        return bytes(line.isEmpty() ? name : name + " " + line, "the command line", LONGEST, name);
    }

    /** What a kernel is told of a module. */
    static byte[] module(BootModule module, BootRequest request) throws ImageException {
        return bytes(module.text(), "the text of a module", LONGEST, request.image().name());
    }
}
