package org.xenolith.firmware.boot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenolith.firmware.image.BootProtocol;
import org.xenolith.firmware.image.ElfBuilder;
import org.xenolith.firmware.image.ImageException;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

class Multiboot2LoaderTest {
    private static final int[] REQUEST = {1, 0, 1, 2, 6, 14, 15};

    /** The addresses of the information tags by type. */
    private static Map<Integer, List<Integer>> tags(BootRun run) {
        assertEquals(0x36d76289, run.flat().eax());
        int info = run.flat().ebx();
        assertEquals(0, info % 8);
        Map<Integer, List<Integer>> tags = new LinkedHashMap<>();
        int at = info + 8;
        int type;
        do {
            type = run.u32(at);
            tags.computeIfAbsent(type, t -> new ArrayList<>()).add(at);
            at += run.u32(at + 4) + 7 & ~7;
        } while (type != 0);
        assertEquals(info + run.u32(info), at);
        return tags;
    }

    private static String refusal(byte[] file) {
        ImageException e =
                assertThrows(ImageException.class, () -> BootRun.of(file).memory(8).plan());
        assertEquals(1, e.getMessage().lines().count());
        return e.getMessage();
    }

    private static byte[] elf64(int[]... tags) {
        return Kernels.elf(ElfBuilder.elf64(), Kernels.multiboot2(tags)).build();
    }

    @Test
    void handsOverWhatAKernelAsksFor() throws Exception {
        BootRun run =
                BootRun.of(elf64(REQUEST))
                        .commandLine("quiet")
                        .module("one two", new byte[] {9, 8})
                        .run();
        assertEquals(BootProtocol.MULTIBOOT2, run.plan.protocol());
        assertEquals(Kernels.BASE + 0x40, run.flat().eip());
        Map<Integer, List<Integer>> tags = tags(run);
        assertEquals("kernel quiet", run.text(tags.get(1).getFirst() + 8));
        assertEquals("xenolith", run.text(tags.get(2).getFirst() + 8));
        int module = tags.get(3).getFirst();
        int start = run.u32(module + 8);
        assertEquals(0, start % 4096);
        assertArrayEquals(new byte[] {9, 8}, run.bytes(start, run.u32(module + 12) - start));
        assertEquals("one two", run.text(module + 16));
        assertEquals(639, run.u32(tags.get(4).getFirst() + 8));
        assertEquals(31 * 1024, run.u32(tags.get(4).getFirst() + 12));
        int map = tags.get(6).getFirst();
        assertEquals(24, run.u32(map + 8));
        assertEquals(16 + 4 * 24, run.u32(map + 4));
        assertArrayEquals(run.bytes(0xf0000, 20), run.bytes(tags.get(14).getFirst() + 8, 20));
        assertArrayEquals(run.bytes(0xf0000, 36), run.bytes(tags.get(15).getFirst() + 8, 36));
        assertFalse(tags.containsKey(21), "it is not relocatable");
    }

    @Test
    void loadsSectionNamesAndSaysWhere() throws Exception {
        BootRun run = BootRun.of(elf64()).run();
        int tag = tags(run).get(9).getFirst();
        int count = run.u32(tag + 8);
        assertEquals(64, run.u32(tag + 12));
        int names = run.u32(tag + 16);
        assertEquals(count - 1, names);
        long strings = run.u64(tag + 20 + 64 * names + 16);
        assertTrue(strings >= Kernels.BASE + Kernels.MEMORY_SIZE);
        int name = run.u32(tag + 20 + 64 * names);
        assertEquals(".shstrtab", run.text(strings + name));
    }

    @Test
    void takesAddressesAndEntryFromTheHeader() throws Exception {
        byte[] file =
                Kernels.code(
                        Kernels.multiboot2(
                                new int[] {2, 0, 0x20_0000, -1, 0, 0x30_0000},
                                new int[] {3, 0, 0x20_0080}));
        BootRun run = BootRun.of(file).run();
        assertEquals(0x20_0080, run.flat().eip());
        assertArrayEquals(file, run.bytes(0x20_0000, file.length));
        assertFalse(tags(run).containsKey(9));
    }

    @Test
    void relocatesAKernelThatDoesNotFitWhereItWasLinked() throws Exception {
        byte[] code =
                Kernels.code(
                        Kernels.multiboot2(new int[] {10, 0, 0x20_0000, 0x7ff_ffff, 0x20_0000, 0}));
        byte[] file =
                ElfBuilder.elf64()
                        .entry(0x4000_0100L)
                        .load(0x4000_0000L, 0x4000_0000L, code, 0x2000)
                        .build();
        BootRun run = BootRun.of(file).run();
        assertEquals(0x20_0100, run.flat().eip());
        assertArrayEquals(code, run.bytes(0x20_0000, code.length));
        assertEquals(0x20_0000, run.u32(tags(run).get(21).getFirst() + 8));

        // The same in a machine without a MiB at 2 MiB.
        ImageException e =
                assertThrows(ImageException.class, () -> BootRun.of(file).memory(2).plan());
        assertTrue(e.getMessage().contains("memory"), e.getMessage());
    }

    @Test
    void relocatesUpwardsIfTheKernelPrefersIt() throws Exception {
        byte[] code =
                Kernels.code(
                        Kernels.multiboot2(new int[] {10, 0, 0x10_0000, 0x7ff_ffff, 0x1000, 2}));
        byte[] file =
                ElfBuilder.elf32().entry(0x4000_0000L).load(0, 0x4000_0000L, code, 0x2000).build();
        BootRun run = BootRun.of(file).run();
        int base = run.u32(tags(run).get(21).getFirst() + 8);
        assertEquals(32 * BootRun.MIB - 0x2000, base);
        assertArrayEquals(code, run.bytes(base, code.length));
    }

    @Test
    void readsOverWishesAndRefusesRequirements() throws Exception {
        int[] frameBuffer = {5, 0, 1024, 768, 32};
        int[] unknownWish = {77, 1, 5};
        assertTrue(tags(BootRun.of(elf64(frameBuffer, unknownWish)).run()).containsKey(6));
        assertTrue(refusal(elf64(new int[] {77, 0, 5})).contains("unknown tag 77"));
        assertTrue(refusal(elf64(new int[] {1, 0, 6, 99})).contains("information 99"));
        assertTrue(refusal(elf64(new int[] {2, 0, 1})).contains("has 12 bytes"));
        assertTrue(refusal(elf64(new int[] {10, 0, 0, -1, 3, 0})).contains("power of 2"));
        assertTrue(
                refusal(elf64(new int[] {2, 0, 0x20_0000, -1, 0, 0})).contains("no entry address"));
    }
}
