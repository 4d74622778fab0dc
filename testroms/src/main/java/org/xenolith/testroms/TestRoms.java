package org.xenolith.testroms;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The images of the test ROMs: ELF64 files for the PV domain builder, and bare kernels. */
public final class TestRoms {
    private static final List<String> NAMES =
            new String(resource("names.txt"), StandardCharsets.US_ASCII).lines().toList();

    private TestRoms() {}

    /** The names of all ROMs, in alphabetical order. */
    public static List<String> names() {
        return NAMES;
    }

    /**
     * The image of a ROM, as a new array.
     *
     * @param name one of {@link #names()}
     * @throws IllegalArgumentException if there is no such ROM
     */
    public static byte[] image(String name) {
        if (!NAMES.contains(name)) {
            throw new IllegalArgumentException("no test ROM " + name + "; there are " + NAMES);
        }
        return resource(name + ".elf");
    }

    /**
     * The image of a multiboot kernel for the bare machine, as a new array.
     *
     * @param name {@code vmx}
     * @throws IllegalStateException if there is no such image
     */
    public static byte[] bareImage(String name) {
        return resource("bare/" + name + ".bin");
    }

    private static byte[] resource(String file) {
        try (InputStream in = TestRoms.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException(file + " is missing: run testroms/build");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
