package org.xenolith.firmware.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenolith.firmware.image.compression.Compression;
import org.xenolith.firmware.image.compression.Packers;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

class BareImageTest {
    private static List<BootProtocol> protocols(byte[] file) throws ImageException {
        return BareImage.parse(file, "x.bin").protocols();
    }

    private static String refusal(byte[] file) {
        ImageException e = assertThrows(ImageException.class, () -> protocols(file));
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        assertTrue(e.getMessage().startsWith("x.bin: "), e.getMessage());
        return e.getMessage();
    }

    private static byte[] withMultiboot1(byte[] file, int at, int flags) {
        ByteBuffer out = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).position(at);
        out.putInt(0x1badb002).putInt(flags).putInt(-0x1badb002 - flags);
        return file;
    }

    private static byte[] withMultiboot2(byte[] file, int at) {
        ByteBuffer out = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).position(at);
        out.putInt(0xe85250d6).putInt(0).putInt(24).putInt(-(0xe85250d6 + 24)).putLong(8L << 32);
        return file;
    }

    private static byte[] signed(byte[] file) {
        file[510] = 0x55;
        file[511] = (byte) 0xaa;
        return file;
    }

    private static byte[] rom(int size, int... resetVector) {
        byte[] file = new byte[size];
        for (int i = 0; i < resetVector.length; i++) {
            file[size - 16 + i] = (byte) resetVector[i];
        }
        return file;
    }

    @Test
    void prefersMultiboot2To1ToPvh() throws Exception {
        byte[] code = withMultiboot2(withMultiboot1(new byte[4096], 64, 0), 96);
        ElfBuilder elf = ElfBuilder.elf64().load(0x10_0000, 0x10_0000, code, 4096);
        List<BootProtocol> both = List.of(BootProtocol.MULTIBOOT2, BootProtocol.MULTIBOOT1);
        assertEquals(both, protocols(elf.build()));
        elf.note(18, 0x10_0000);
        assertEquals(
                List.of(BootProtocol.MULTIBOOT2, BootProtocol.MULTIBOOT1, BootProtocol.PVH),
                protocols(elf.build()));
        assertEquals(List.of(BootProtocol.PVH), protocols(SampleImages.linux().build()));
    }

    @ParameterizedTest
    @EnumSource
    void looksIntoCompressedFiles(Compression format) throws Exception {
        byte[] packed = Packers.pack(format, SampleImages.linux().build());
        assertEquals(List.of(BootProtocol.PVH), protocols(packed));
    }

    @Test
    void leavesTheKernelOfABzImagePacked() throws Exception {
        byte[] file = SampleImages.bzImage(new byte[64]);
        BareImage image = BareImage.parse(file, "x.bin");
        assertEquals(List.of(BootProtocol.LINUX), image.protocols());
        assertTrue(image.elf().isEmpty());
        assertTrue(
                assertThrows(ImageException.class, image::pvhKernel)
                        .getMessage()
                        .contains("unknown way"));
    }

    @Test
    void tellsRomsFromBootSectors() throws Exception {
        int unit = 64 << 10;
        List<BootProtocol> rom = List.of(BootProtocol.ROM);
        List<BootProtocol> sector = List.of(BootProtocol.BOOT_SECTOR);
        assertEquals(rom, protocols(rom(unit, 0xea)));
        assertEquals(rom, protocols(rom(2 * unit, 0xe9)));
        assertEquals(rom, protocols(rom(unit, 0xfa, 0xfc, 0xeb)));
        assertEquals(rom, protocols(rom(16 << 20, 0x90, 0x66, 0xea)));
        assertEquals(rom, protocols(signed(rom(unit, 0xea))), "a jump counts more than 55 AA");
        assertEquals(sector, protocols(signed(rom(unit, 0))));
        assertEquals(sector, protocols(signed(new byte[512])));
        assertEquals(sector, protocols(signed(new byte[700])));
        assertEquals(sector, protocols(signed(new byte[0x9fc00 - 0x7c00])));
        assertTrue(refusal(signed(new byte[0x9fc00 - 0x7c00 + 1])).contains("disk image"));
        assertTrue(refusal(rom(unit - 1, 0xea)).contains("no known kernel format"));
        assertTrue(refusal(rom(17 << 20, 0xea)).contains("no known kernel format"));
        assertTrue(refusal(rom(unit, 0xfa, 0xfa, 0, 0xea)).contains("no known kernel format"));
        assertTrue(refusal(rom(unit, new int[16])).contains("no known kernel format"));
        byte[] onlyPrefixes = rom(unit);
        Arrays.fill(onlyPrefixes, unit - 16, unit, (byte) 0x90);
        assertTrue(refusal(onlyPrefixes).contains("no known kernel format"));
    }

    @Test
    void saysWhatIsMissing() {
        assertTrue(refusal(new byte[0]).contains("empty"));
        byte[] plain = ElfBuilder.elf64().load(0, 0x10_0000, new byte[64], 64).build();
        assertTrue(refusal(plain).contains("neither a multiboot header nor a PVH note"));
        assertTrue(refusal(withMultiboot1(new byte[4096], 0, 0)).contains("has no load addresses"));
        assertTrue(refusal(withMultiboot2(new byte[4096], 0)).contains("has no load addresses"));
        assertTrue(refusal(new byte[] {0x1f, (byte) 0x8b, 8, 0}).contains("cannot unpack"));
        byte[] arm = withMultiboot2(new byte[4096], 0);
        ByteBuffer.wrap(arm)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(4, 4)
                .putInt(12, -(0xe85250d6 + 28));
        assertTrue(refusal(arm).contains("not for i386"));
    }

    @Test
    void readsFiles(@TempDir Path folder) throws Exception {
        Path file = Files.write(folder.resolve("boot.bin"), signed(new byte[512]));
        assertEquals(List.of(BootProtocol.BOOT_SECTOR), BareImage.load(file).protocols());
        assertEquals(file.toString(), BareImage.load(file).name());
        ImageException e = assertThrows(ImageException.class, () -> BareImage.load(folder));
        assertTrue(e.getMessage().contains("directory"), e.getMessage());
    }
}
