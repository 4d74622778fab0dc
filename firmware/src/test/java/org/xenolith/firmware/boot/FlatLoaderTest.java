package org.xenolith.firmware.boot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenolith.firmware.boot.BootPlan.Rom;
import org.xenolith.firmware.image.BootProtocol;
import org.xenolith.firmware.image.ImageException;
import org.xenolith.firmware.image.SampleImages;

import java.util.Arrays;
import java.util.List;

class FlatLoaderTest {
    private static byte[] bootSector(int size) {
        byte[] file = Arrays.copyOf(SampleImages.code(512), size);
        file[510] = 0x55;
        file[511] = (byte) 0xaa;
        return file;
    }

    private static byte[] rom(int size) {
        byte[] file = SampleImages.code(size);
        file[size - 16] = (byte) 0xea;
        return file;
    }

    private static byte[] content(Rom rom) {
        byte[] content = new byte[rom.content().remaining()];
        rom.content().duplicate().get(content);
        return content;
    }

    @Test
    void bootSectorsStartInRealModeWhereTheyAreLoaded() throws Exception {
        byte[] file = bootSector(3 * 512);
        BootRun run = BootRun.of(file).memory(1).run();
        assertEquals(BootProtocol.BOOT_SECTOR, run.plan.protocol());
        assertEquals(new EntryState.RealMode(0, 0x7c00, 0x7c00, 0x80), run.plan.entry());
        assertArrayEquals(file, run.bytes(0x7c00, file.length));
        assertEquals(List.of(), run.plan.roms());
    }

    @Test
    void biosServicesRefuseAndOtherInterruptsReturn() throws Exception {
        BootRun run = BootRun.of(bootSector(512)).run();
        int service = run.u32(4 * 0x15);
        int at = (service >>> 16) * 16 + (service & 0xffff);
        // push dx; push ax; mov dx, port; mov al, 15h; out dx, ax; pop ax; pop dx; jmp
        byte[] report = {
            0x52,
            0x50,
            (byte) 0xba,
            (byte) 0xf0,
            5,
            (byte) 0xb0,
            0x15,
            (byte) 0xef,
            0x58,
            0x5a,
            (byte) 0xe9
        };
        assertArrayEquals(report, run.bytes(at, report.length));
        at += report.length + 2 + run.ram.getShort(at + report.length);
        // push bp; mov bp, sp; or byte [bp + 6], 1; pop bp; mov ah, 86h; iret
        byte[] refusal = {
            0x55, (byte) 0x89, (byte) 0xe5, (byte) 0x80, 0x4e, 6, 1, 0x5d, (byte) 0xb4
        };
        assertArrayEquals(refusal, run.bytes(at, refusal.length));
        int timer = run.u32(4 * 8);
        // push ax; mov al, 20h; out 20h, al; pop ax; iret
        byte[] endOfInterrupt = {0x50, (byte) 0xb0, 0x20, (byte) 0xe6, 0x20, 0x58, (byte) 0xcf};
        int handler = (timer >>> 16) * 16 + (timer & 0xffff);
        assertArrayEquals(endOfInterrupt, run.bytes(handler, endOfInterrupt.length));
        int other = run.u32(4 * 3);
        assertEquals((byte) 0xcf, run.ram.get((other >>> 16) * 16 + (other & 0xffff)));
        assertEquals(0x3f8, run.u32(0x400));
        assertEquals(639, run.u32(0x413) & 0xffff);
        assertEquals(0x9fc0, run.u32(0x40e) & 0xffff);
    }

    @Test
    void aBiosIsMappedBelow1MiBAnd4GiB() throws Exception {
        byte[] file = rom(64 << 10);
        BootPlan plan = BootRun.of(file).plan();
        assertEquals(BootProtocol.ROM, plan.protocol());
        assertEquals(new EntryState.Reset(), plan.entry());
        assertEquals(List.of(), plan.segments());
        assertEquals(0xf0000, plan.roms().get(0).address());
        assertEquals(0xffff_0000L, plan.roms().get(1).address());
        assertArrayEquals(file, content(plan.roms().get(0)));
        assertArrayEquals(file, content(plan.roms().get(1)));
    }

    @Test
    void ofALargeBiosTheLast128KiBAreBelow1MiB() throws Exception {
        byte[] file = rom(256 << 10);
        BootPlan plan = BootRun.of(file).plan();
        assertEquals(0xe0000, plan.roms().get(0).address());
        assertEquals(0xfffc_0000L, plan.roms().get(1).address());
        assertArrayEquals(
                Arrays.copyOfRange(file, 128 << 10, 256 << 10), content(plan.roms().get(0)));
        assertArrayEquals(file, content(plan.roms().get(1)));
    }

    @Test
    void bothTakeNothingElse() {
        for (byte[] file : List.of(bootSector(512), rom(64 << 10))) {
            ImageException e =
                    assertThrows(
                            ImageException.class, () -> BootRun.of(file).commandLine("x").plan());
            assertTrue(e.getMessage().contains("takes no command line"), e.getMessage());
            assertThrows(ImageException.class, () -> BootRun.of(file).ramdisk(new byte[1]).plan());
        }
    }
}
