package org.xenolith.firmware.boot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenolith.firmware.image.BootProtocol;
import org.xenolith.firmware.image.ImageException;
import org.xenolith.firmware.image.SampleImages;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

class LinuxLoaderTest {
    private static final int SETUP_SIZE = 1024;
    private static final int ALL_OF_IT = 8 << 20;

    /** A bzImage whose packed kernel nobody looks at. */
    private static ByteBuffer image() {
        byte[] file = SampleImages.bzImage(SampleImages.code(6000));
        ByteBuffer image = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        image.put(0x201, (byte) 0x66).put(0x211, (byte) 1).putInt(0x230, 0x20_0000);
        return image.putInt(0x214, 0x10_0000).putInt(0x260, ALL_OF_IT);
    }

    private static String refusal(BootRun.Setup setup) {
        ImageException e = assertThrows(ImageException.class, setup::plan);
        assertEquals(1, e.getMessage().lines().count());
        return e.getMessage();
    }

    @Test
    void loadsTheCodeAndFillsTheZeroPage() throws Exception {
        byte[] file = image().array();
        BootRun run = BootRun.of(file).commandLine("root=/dev/sda").run();
        assertEquals(BootProtocol.LINUX, run.plan.protocol());
        assertEquals(0x10_0000, run.flat().eip());
        assertEquals(0, run.flat().ebx());
        byte[] code = Arrays.copyOfRange(file, SETUP_SIZE, file.length);
        assertArrayEquals(code, run.bytes(0x10_0000, code.length));

        int page = run.flat().esi();
        assertEquals(0x53726448, run.u32(page + 0x202), "the setup header");
        assertEquals(0x020f, run.u32(page + 0x206) & 0xffff);
        assertEquals(ALL_OF_IT, run.u32(page + 0x260));
        assertEquals(0, run.u32(page + 0x268), "nothing behind the setup header");
        assertEquals(0xff, run.ram.get(page + 0x210) & 0xff);
        assertEquals(0, run.ram.get(page + 0x1ef), "the sentinel");
        assertEquals(0x10_0000, run.u32(page + 0x214));
        assertEquals("root=/dev/sda", run.text(run.u32(page + 0x228)));
        assertEquals(0, run.u32(page + 0x218));
        assertEquals(0xf0000, run.u64(page + 0x70));
        assertEquals(31 * 1024, run.u32(page + 0x1e0));
        assertEquals(4, run.ram.get(page + 0x1e8));
        assertEquals(0x9fc00, run.u64(page + 0x2d0 + 8));
        assertEquals(0x10_0000, run.u64(page + 0x2d0 + 60));
        assertEquals(1, run.u32(page + 0x2d0 + 76));
    }

    @Test
    void putsTheRamdiskAsHighAsItMay() throws Exception {
        byte[] ramdisk = SampleImages.code(5000);
        BootRun run = BootRun.of(image().array()).ramdisk(ramdisk).run();
        int page = run.flat().esi();
        assertEquals(32 * BootRun.MIB - 8192, run.u32(page + 0x218));
        assertEquals(5000, run.u32(page + 0x21c));
        assertArrayEquals(ramdisk, run.bytes(run.u32(page + 0x218), 5000));

        byte[] limited = image().putInt(0x22c, 0x1a0_0fff).array();
        run = BootRun.of(limited).ramdisk(ramdisk).run();
        assertEquals(0x1a0_1000 - 8192, run.u32(run.flat().esi() + 0x218));
    }

    @Test
    void aShortCommandLineHasTheRoomOfALongOne() throws Exception {
        BootRun run = BootRun.of(image().array()).commandLine("quiet").run();
        long line = run.u32(run.flat().esi() + 0x228);
        assertTrue(line + 2048 <= 0x9fc00, "line at " + Long.toHexString(line));
    }

    @Test
    void olderKernelsGetNoRootPointer() throws Exception {
        byte[] file = image().putShort(0x206, (short) 0x20d).array();
        BootRun run = BootRun.of(file).run();
        assertEquals(0, run.u64(run.flat().esi() + 0x70));
    }

    @Test
    void refusesWhatItCannotDo() {
        byte[] file = image().array();
        assertTrue(refusal(BootRun.of(file).memory(16)).contains("unpacked kernel"));
        assertTrue(refusal(BootRun.of(file).memory(24).ramdisk(new byte[1])).contains("ramdisk"));
        assertTrue(refusal(BootRun.of(file).module("m", new byte[1])).contains("no boot modules"));
        assertTrue(refusal(BootRun.of(file).commandLine("x".repeat(2048))).contains("2047"));
        byte[] biosOnly = image().putInt(0x214, 0).array();
        assertTrue(refusal(BootRun.of(biosOnly)).contains("code32_start"));
        byte[] low = image().put(0x211, (byte) 0).array();
        assertTrue(refusal(BootRun.of(low)).contains("old image"));
        byte[] old = image().putShort(0x206, (short) 0x201).array();
        assertTrue(refusal(BootRun.of(old)).contains("2.01"));
        byte[] empty = Arrays.copyOf(image().putInt(0x1f4, 0).putInt(0x24c, 0).array(), 1024);
        assertTrue(refusal(BootRun.of(empty)).contains("no code"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"vmlinuz-cloud", "vmlinuz-full"})
    void loadsDebiansKernel(String name) throws Exception {
        Path path = Path.of(System.getProperty("xenolith.root", ".."), "guests", name);
        if (!Files.isReadable(path)) {
            String message = path + " is missing: run scripts/fetch-guests";
            if ("require".equals(System.getProperty("xenolith.guests"))) {
                fail(message);
            }
            abort(message);
        }
        byte[] file = Files.readAllBytes(path);
        byte[] ramdisk = SampleImages.code(100_000);
        BootRun run = BootRun.of(file).memory(256).ramdisk(ramdisk).commandLine("quiet").run();
        int page = run.flat().esi();
        assertEquals(0x53726448, run.u32(page + 0x202));
        int setup = (file[0x1f1] + 1) * 512;
        // Debian signs its kernels for EFI, and the signature behind the code is not loaded.
        int end = setup + 16 * run.u32(page + 0x1f4);
        assertTrue(end <= file.length, Integer.toString(end));
        assertArrayEquals(Arrays.copyOfRange(file, setup, end), run.bytes(0x10_0000, end - setup));
        assertEquals(256 * BootRun.MIB - 102_400, run.u32(page + 0x218));

        BootRun direct = BootRun.of(file).memory(256).by(BootProtocol.PVH).run();
        int entry = direct.flat().eip();
        assertTrue(entry >= 0x100_0000 && entry < 0x400_0000, Integer.toHexString(entry));
        // The entry begins with CLD: the psABI's direction is not promised by PVH.
        assertEquals((byte) 0xfc, direct.ram.get(entry));
    }
}
