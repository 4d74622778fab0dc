package org.xenolith.firmware.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import org.junit.jupiter.api.Test;
import org.xenolith.firmware.image.compression.Compression;
import org.xenolith.firmware.image.compression.Packers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Whatever the bytes are: an image, or an {@link ImageException} of one line. */
class HostileImageTest {
    private enum Base {
        LINUX_ELF(SampleImages.linux().build()),
        GUEST_SECTION(
                ElfBuilder.elf32()
                        .load(0xc000_0000L, 0xc000_0000L, new byte[64], 8192)
                        .section(
                                "__xen_guest",
                                ("LOADER=generic,XEN_VER=xen-3.0,PAE=yes,VIRT_BASE=0xC0000000,"
                                                + "HYPERCALL_PAGE=0x1,FEATURES=!dom0|x\0")
                                        .getBytes(StandardCharsets.US_ASCII))
                        .build()),
        BZIMAGE_GZIP(SampleImages.bzImage(packed(Compression.GZIP))),
        BZIMAGE_LZ4(
                SampleImages.bzImage(
                        SampleImages.withSize(
                                packed(Compression.LZ4), SampleImages.linux().build().length))),
        BZIMAGE_STORED(SampleImages.bzImage(SampleImages.linux().build())),
        ELF_XZ(packed(Compression.XZ));

        final byte[] bytes;

        Base(byte[] bytes) {
            this.bytes = bytes;
        }

        private static byte[] packed(Compression format) {
            try {
                return Packers.pack(format, SampleImages.linux().build());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Parses and asks everything; true if it was an image. */
    private static boolean isImage(byte[] file) {
        try {
            KernelImage image = KernelImage.parse(file, "vmlinuz");
            image.guests();
            image.notes().ifPresent(XenNotes::allSupportedFeatures);
            image.payload()
                    .ifPresent(
                            elf ->
                                    elf.loadSegments()
                                            .forEach(s -> elf.slice(s.offset(), s.filesz())));
            try {
                for (PvLayout.LoadSegment s : image.pvLayout().segments()) {
                    image.payload().orElseThrow().slice(s.fileOffset(), s.fileSize());
                }
            } catch (ImageException e) {
                assertEquals(1, e.getMessage().lines().count(), e.getMessage());
            }
            return true;
        } catch (ImageException e) {
            assertEquals(1, e.getMessage().lines().count(), e.getMessage());
            return false;
        }
    }

    @Test
    void everyTruncationIsRefused() {
        for (Base base : Base.values()) {
            for (int length = 0; length < base.bytes.length; length++) {
                byte[] cut = Arrays.copyOf(base.bytes, length);
                assertFalse(isImage(cut), base + " cut to " + length);
            }
        }
    }

    @Property(tries = 3000)
    void flippedBytes(
            @ForAll Base base,
            @ForAll @IntRange(max = 100_000) int at,
            @ForAll @IntRange(min = 1, max = 255) int flip) {
        byte[] file = base.bytes.clone();
        file[at % file.length] ^= (byte) flip;
        isImage(file);
    }

    @Property(tries = 3000)
    void overwrittenHeaders(
            @ForAll Base base,
            @ForAll @IntRange(max = 2000) int at,
            @ForAll @Size(min = 1, max = 16) byte[] over) {
        byte[] file = base.bytes.clone();
        int from = at % (file.length - over.length);
        System.arraycopy(over, 0, file, from, over.length);
        isImage(file);
    }

    @Property(tries = 1000)
    void randomBytesBehindAMagic(@ForAll Compression magic, @ForAll @Size(max = 300) byte[] rest)
            throws IOException {
        byte[] file = Packers.pack(magic, new byte[0]);
        file = Arrays.copyOf(file, Math.min(file.length, 9) + rest.length);
        System.arraycopy(rest, 0, file, file.length - rest.length, rest.length);
        assertFalse(isImage(file));
    }
}
