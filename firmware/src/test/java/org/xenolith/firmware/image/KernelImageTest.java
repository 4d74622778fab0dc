package org.xenolith.firmware.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenolith.firmware.image.KernelImage.Format;
import org.xenolith.firmware.image.compression.Compression;
import org.xenolith.firmware.image.compression.Packers;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;

class KernelImageTest {
    private static byte[] bzImage(Compression format) throws IOException {
        byte[] elf = SampleImages.linux().build();
        byte[] packed = Packers.pack(format, elf);
        boolean endsWithSize = format == Compression.GZIP || format == Compression.NONE;
        return SampleImages.bzImage(
                endsWithSize ? packed : SampleImages.withSize(packed, elf.length));
    }

    private static String refusal(byte[] file) {
        ImageException e =
                assertThrows(ImageException.class, () -> KernelImage.parse(file, "vmlinuz"));
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        assertTrue(e.getMessage().startsWith("vmlinuz: "), e.getMessage());
        return e.getMessage();
    }

    @ParameterizedTest
    @EnumSource
    void unpacksTheKernelInABzImage(Compression format) throws Exception {
        KernelImage image = KernelImage.parse(bzImage(format), "vmlinuz");
        assertEquals(Format.BZIMAGE, image.format());
        assertEquals(format, image.compression());
        byte[] elf = SampleImages.linux().build();
        byte[] unpacked = new byte[elf.length];
        image.payload().orElseThrow().copyTo(0, unpacked, 0, elf.length);
        assertArrayEquals(elf, unpacked);
        assertEquals(elf.length, image.payload().orElseThrow().size());
        assertEquals(Set.of(GuestKind.PV64, GuestKind.PVH, GuestKind.BARE), image.guests());
    }

    @ParameterizedTest
    @EnumSource
    void readsElfUnderAnyCompression(Compression format) throws Exception {
        byte[] file = Packers.pack(format, SampleImages.linux().build());
        KernelImage image = KernelImage.parse(file, "vmlinux");
        assertEquals(Format.ELF, image.format());
        assertEquals(format, image.compression());
        assertEquals(Set.of(GuestKind.PV64, GuestKind.PVH), image.guests());
        assertEquals(SampleImages.linux().build().length, image.size());
    }

    @Test
    void readsTheSetupHeader() throws Exception {
        byte[] file = bzImage(Compression.GZIP);
        SetupHeader header = KernelImage.parse(file, "vmlinuz").setupHeader().orElseThrow();
        assertEquals("2.15", header.protocolText());
        assertEquals("6.1.0-test (x@y) #1", header.kernelVersion());
        assertEquals(1024, header.setupSize());
        assertEquals(1024 + 64, header.payloadOffset());
        assertEquals(file.length - 1024 - 64, header.payloadLength());
        assertEquals(0x100_0000, header.preferredAddress());
        assertEquals(2047, header.commandLineSize());
        assertTrue(header.relocatable());
    }

    @Test
    void acceptsABootToolWithoutPayload() throws Exception {
        byte[] file = Arrays.copyOf(SampleImages.bzImage(new byte[0]), 2048);
        KernelImage image = KernelImage.parse(file, "memtest");
        assertEquals(Set.of(GuestKind.BARE), image.guests());
        assertTrue(image.payload().isEmpty());
        assertThrows(ImageException.class, image::pvLayout);
    }

    @Test
    void refusesAPayloadWhoseSizeIsWrong() throws Exception {
        byte[] elf = SampleImages.linux().build();
        byte[] packed = Packers.pack(Compression.ZSTD, elf);
        String message =
                refusal(SampleImages.bzImage(SampleImages.withSize(packed, elf.length + 1)));
        assertTrue(message.contains("instead of"), message);
    }

    @Test
    void refusesUnknownCompressionAndAPayloadThatIsNoElf() throws Exception {
        assertTrue(refusal(SampleImages.bzImage(new byte[64])).contains("unknown way"));
        byte[] packed = Packers.pack(Compression.GZIP, new byte[100]);
        assertTrue(refusal(SampleImages.bzImage(packed)).contains("no ELF"));
    }

    @Test
    void recognisesMultibootHeaders() throws Exception {
        byte[] one = new byte[4096];
        ByteBuffer.wrap(one)
                .order(ByteOrder.LITTLE_ENDIAN)
                .position(256)
                .putInt(0x1badb002)
                .putInt(3)
                .putInt(-0x1badb002 - 3);
        KernelImage image = KernelImage.parse(one, "kernel");
        assertEquals(Format.MULTIBOOT, image.format());
        assertTrue(image.multiboot1());
        assertFalse(image.multiboot2());
        assertEquals(Set.of(GuestKind.BARE), image.guests());
        one[264]++;
        assertTrue(refusal(one).contains("no known kernel format"));

        byte[] two = new byte[65536];
        ByteBuffer.wrap(two)
                .order(ByteOrder.LITTLE_ENDIAN)
                .position(32768 - 16)
                .putInt(0xe85250d6)
                .putInt(0)
                .putInt(16)
                .putInt(-(0xe85250d6 + 16));
        assertTrue(KernelImage.parse(two, "kernel").multiboot2());
    }

    @Test
    void namesWhatIsGivenByMistake() {
        assertTrue(refusal(new byte[0]).contains("empty"));
        assertTrue(refusal("070701".getBytes(StandardCharsets.US_ASCII)).contains("cpio"));
        assertTrue(refusal("MZ..".getBytes(StandardCharsets.US_ASCII)).contains("EFI"));
        assertTrue(refusal("#!/bin/sh\n".getBytes(StandardCharsets.US_ASCII)).contains("script"));
        byte[] arm = SampleImages.linux().build();
        arm[18] = (byte) 183;
        assertTrue(refusal(arm).contains("machine 183"));
        byte[] object = SampleImages.linux().build();
        object[16] = 1;
        assertTrue(refusal(object).contains("type 1"));
    }

    @Test
    void loadsFilesAndNamesWhatIsWrongWithThem(@TempDir Path folder) throws Exception {
        Path good = Files.write(folder.resolve("vmlinuz"), bzImage(Compression.XZ));
        assertEquals(good.toString(), KernelImage.load(good).name());
        assertTrue(loadRefusal(folder).contains("directory"));
        assertTrue(loadRefusal(folder.resolve("none")).contains("no such file"));
        assertTrue(loadRefusal(good.resolve("below")).contains("no such file"));
        assertTrue(
                loadRefusal(Files.write(folder.resolve("two\nlines"), new byte[0]))
                        .contains("empty"));
    }

    private static String loadRefusal(Path path) {
        ImageException e = assertThrows(ImageException.class, () -> KernelImage.load(path));
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        return e.getMessage();
    }
}
