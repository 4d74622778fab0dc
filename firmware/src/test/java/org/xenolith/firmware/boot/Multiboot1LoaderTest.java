package org.xenolith.firmware.boot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenolith.firmware.image.BootProtocol;
import org.xenolith.firmware.image.ElfBuilder;
import org.xenolith.firmware.image.ImageException;

import java.nio.ByteBuffer;

class Multiboot1LoaderTest {
    private static final ByteBuffer PLAIN = Kernels.multiboot1(3);

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void loadsElfFilesOf32And64Bit(boolean wide) throws Exception {
        ElfBuilder builder = wide ? ElfBuilder.elf64() : ElfBuilder.elf32();
        BootRun run = BootRun.of(Kernels.elf(builder, PLAIN).build()).commandLine("a b=c").run();
        assertEquals(BootProtocol.MULTIBOOT1, run.plan.protocol());
        assertEquals(Kernels.BASE + 0x40, run.flat().eip());
        assertEquals(0x2badb002, run.flat().eax());
        assertArrayEquals(Kernels.code(PLAIN), run.bytes(Kernels.BASE, Kernels.CODE_SIZE));
        int info = run.flat().ebx();
        assertEquals(0x24d, run.u32(info));
        assertEquals(639, run.u32(info + 4));
        assertEquals(31 * 1024, run.u32(info + 8));
        assertEquals("kernel a b=c", run.text(run.u32(info + 16)));
        assertEquals(0, run.u32(info + 20));
        assertEquals("xenolith", run.text(run.u32(info + 64)));
    }

    @Test
    void describesTheMemoryInEntriesWithTheirSize() throws Exception {
        BootRun run = BootRun.of(Kernels.elf(ElfBuilder.elf32(), PLAIN).build()).run();
        int info = run.flat().ebx();
        int at = run.u32(info + 48);
        int end = at + run.u32(info + 44);
        long ram = 0;
        while (at < end) {
            assertEquals(20, run.u32(at));
            ram += run.u32(at + 20) == 1 ? run.u64(at + 12) : 0;
            at += 4 + run.u32(at);
        }
        assertEquals(end, at);
        assertEquals(31 * BootRun.MIB + 0x9fc00, ram);
    }

    @Test
    void putsModulesOnPagesBehindTheKernel() throws Exception {
        byte[] one = {1, 2, 3};
        byte[] two = new byte[5000];
        two[4999] = 7;
        BootRun run =
                BootRun.of(Kernels.elf(ElfBuilder.elf32(), PLAIN).build())
                        .ramdisk(one)
                        .module("two with arguments", two)
                        .run();
        int info = run.flat().ebx();
        assertEquals(2, run.u32(info + 20));
        int list = run.u32(info + 24);
        int first = run.u32(list);
        assertEquals(Kernels.BASE + Kernels.MEMORY_SIZE, first);
        assertEquals(first + 3, run.u32(list + 4));
        assertArrayEquals(one, run.bytes(first, 3));
        assertEquals("initrd", run.text(run.u32(list + 8)));
        int second = run.u32(list + 16);
        assertEquals(first + 4096, second);
        assertArrayEquals(two, run.bytes(second, run.u32(list + 20) - second));
        assertEquals("two with arguments", run.text(run.u32(list + 24)));
    }

    @Test
    void addressFieldsCountMoreThanElfHeaders() throws Exception {
        // The header is at 0x120000 in memory, the kernel from 16 bytes before it on.
        ByteBuffer header =
                Kernels.multiboot1(0x10000, 0x12_0000, 0x11_fff0, 0x12_0100, 0x12_1000, 0x12_0010);
        byte[] file = Kernels.elf(ElfBuilder.elf32(), header).build();
        BootRun run = BootRun.of(file).run();
        assertEquals(0x12_0010, run.flat().eip());
        assertEquals(0x1badb002, run.u32(0x12_0000));
        assertEquals(0, run.u32(0x12_0100), "nothing is loaded behind the load end address");
        BootPlan.Segment kernel =
                run.plan.segments().stream()
                        .filter(s -> s.address() == 0x11_fff0)
                        .findFirst()
                        .orElseThrow();
        assertEquals(0x1010, kernel.size());
    }

    @Test
    void loadsFlatFilesWithAddressFieldsToTheirEnd() throws Exception {
        ByteBuffer header = Kernels.multiboot1(0x10003, 0x10_0000, 0x10_0000, 0, 0, 0x10_0020);
        byte[] file = Kernels.code(header);
        BootRun run = BootRun.of(file).run();
        assertEquals(0x10_0020, run.flat().eip());
        assertArrayEquals(file, run.bytes(0x10_0000, file.length));
    }

    @Test
    void entersAKernelLinkedHighAtItsPhysicalAddress() throws Exception {
        byte[] file =
                ElfBuilder.elf32()
                        .entry(0xc010_0020L)
                        .load(0xc010_0000L, 0x10_0000, Kernels.code(PLAIN), 4096)
                        .build();
        assertEquals(0x10_0020, BootRun.of(file).run().flat().eip());
    }

    @Test
    void keepsItsStructuresOffALowKernel() throws Exception {
        // All conventional memory from 0x2000 on, but for the last 8 KiB.
        byte[] file =
                ElfBuilder.elf32()
                        .entry(0x2000)
                        .load(0x2000, 0x2000, Kernels.code(PLAIN), 0x9bc00)
                        .build();
        BootRun run = BootRun.of(file).run();
        assertArrayEquals(Kernels.code(PLAIN), run.bytes(0x2000, Kernels.CODE_SIZE));
        assertTrue(run.flat().ebx() >= 0x9dc00, "above it");
        byte[] larger =
                ElfBuilder.elf32()
                        .entry(0x1000)
                        .load(0x1000, 0x1000, Kernels.code(PLAIN), 0x9ec00)
                        .build();
        assertTrue(refusal(BootRun.of(larger)).contains("no room"));
    }

    private static String refusal(BootRun.Setup setup) {
        ImageException e = assertThrows(ImageException.class, setup::plan);
        assertEquals(1, e.getMessage().lines().count());
        return e.getMessage();
    }

    @Test
    void refusesWhatItCannotDo() {
        byte[] kernel = Kernels.elf(ElfBuilder.elf32(), PLAIN).build();
        byte[] wants = Kernels.elf(ElfBuilder.elf32(), Kernels.multiboot1(8)).build();
        assertTrue(refusal(BootRun.of(wants)).contains("flags 0x8"));
        byte[] high =
                ElfBuilder.elf32().load(0x800_0000, 0x800_0000, Kernels.code(PLAIN), 4096).build();
        assertTrue(refusal(BootRun.of(high).memory(16)).contains("no RAM"));
        assertTrue(
                refusal(BootRun.of(kernel).memory(2).module("m", new byte[2 << 20]))
                        .contains("no room for a module"));
        assertTrue(refusal(BootRun.of(kernel).commandLine("a\0b")).contains("NUL"));
        assertTrue(refusal(BootRun.of(kernel).commandLine("x".repeat(20000))).contains("taken"));
        assertTrue(refusal(BootRun.of(kernel).by(BootProtocol.PVH)).contains("as PVH"));
        byte[] backwards = Kernels.code(Kernels.multiboot1(0x10000, 0x10_0000, 0x10_0004, 0, 0, 0));
        assertTrue(refusal(BootRun.of(backwards)).contains("outside"));
    }
}
