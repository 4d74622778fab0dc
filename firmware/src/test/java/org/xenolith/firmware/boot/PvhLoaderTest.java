package org.xenolith.firmware.boot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenolith.firmware.image.BootProtocol;
import org.xenolith.firmware.image.ElfBuilder;
import org.xenolith.firmware.image.ImageException;
import org.xenolith.firmware.image.SampleImages;
import org.xenolith.firmware.image.compression.Compression;
import org.xenolith.firmware.image.compression.Packers;

class PvhLoaderTest {
    @Test
    void startsAtTheNotesEntryWithAStartStructure() throws Exception {
        BootRun run =
                BootRun.of(SampleImages.linux().build())
                        .commandLine("console=ttyS0")
                        .ramdisk(new byte[] {1, 2, 3, 4, 5})
                        .module("more", new byte[10])
                        .run();
        assertEquals(BootProtocol.PVH, run.plan.protocol());
        assertEquals(0x100_0940, run.flat().eip());
        assertArrayEquals(
                SampleImages.code(5000), run.bytes(0x100_0000, 5000), "by physical addresses");
        int info = run.flat().ebx();
        assertEquals(0x336ec578, run.u32(info));
        assertEquals(1, run.u32(info + 4));
        assertEquals(0, run.u32(info + 8));
        assertEquals(2, run.u32(info + 12));
        long modules = run.u64(info + 16);
        assertEquals("console=ttyS0", run.text(run.u64(info + 24)));
        assertEquals(0xf0000, run.u64(info + 32));
        assertEquals(0x2052_5450_2044_5352L, run.u64(run.u64(info + 32)), "RSD PTR");
        long map = run.u64(info + 40);
        assertEquals(4, run.u32(info + 48));
        assertEquals(0x9fc00, run.u64(map + 8));
        assertEquals(1, run.u32(map + 16));
        assertEquals(0x10_0000, run.u64(map + 3 * 24));
        assertEquals(5, run.u64(modules + 8));
        assertArrayEquals(new byte[] {1, 2, 3, 4, 5}, run.bytes(run.u64(modules), 5));
        assertEquals("more", run.text(run.u64(modules + 32 + 16)));
    }

    @Test
    void unpacksABzImageWhenAskedTo() throws Exception {
        byte[] packed = Packers.pack(Compression.GZIP, SampleImages.linux().build());
        BootRun.Setup setup = BootRun.of(SampleImages.bzImage(packed)).by(BootProtocol.PVH);
        assertEquals(0x100_0940, setup.run().flat().eip());
    }

    @Test
    void refusesKernelsWithoutTheNote() throws Exception {
        byte[] elf = ElfBuilder.elf64().load(0x10_0000, 0x10_0000, new byte[4096], 4096).build();
        byte[] bzImage = SampleImages.bzImage(Packers.pack(Compression.GZIP, elf));
        ImageException e =
                assertThrows(
                        ImageException.class,
                        () -> BootRun.of(bzImage).by(BootProtocol.PVH).plan());
        assertTrue(e.getMessage().contains("no PVH entry"), e.getMessage());
    }
}
