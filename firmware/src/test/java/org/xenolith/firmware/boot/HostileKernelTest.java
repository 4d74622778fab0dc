package org.xenolith.firmware.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import org.junit.jupiter.api.Test;
import org.xenolith.firmware.image.BootProtocol;
import org.xenolith.firmware.image.ElfBuilder;
import org.xenolith.firmware.image.ImageException;
import org.xenolith.firmware.image.SampleImages;
import org.xenolith.firmware.memory.MemoryMap;

import java.util.Arrays;

/** Whatever the bytes are: a plan that stays within the machine's RAM, or a refusal of one line. */
class HostileKernelTest {
    private static final int MEBIBYTES = 32;
    private static final MemoryMap MEMORY = MemoryMap.ofPc(MEBIBYTES << 20);

    private enum Base {
        MULTIBOOT1(Kernels.elf(ElfBuilder.elf32(), Kernels.multiboot1(3)).build()),
        MULTIBOOT1_FLAT(
                Kernels.code(Kernels.multiboot1(0x10003, 0x10_0000, 0x10_0000, 0, 0, 0x10_0020))),
        MULTIBOOT2(
                Kernels.elf(
                                ElfBuilder.elf64(),
                                Kernels.multiboot2(
                                        new int[] {1, 0, 6, 9},
                                        new int[] {10, 0, 0, 0x1ff_ffff, 0x1000, 1}))
                        .build()),
        MULTIBOOT2_FLAT(
                Kernels.code(
                        Kernels.multiboot2(
                                new int[] {2, 0, 0x20_0000, -1, 0, 0x30_0000},
                                new int[] {3, 0, 0x20_0080},
                                new int[] {10, 0, 0, 0x1ff_ffff, 0x1000, 2}))),
        PVH(SampleImages.linux().build()),
        LINUX(SampleImages.bzImage(SampleImages.code(6000))),
        LINUX_HIGH(loadedHigh());

        final byte[] bytes;

        Base(byte[] bytes) {
            this.bytes = bytes;
        }

        private static byte[] loadedHigh() {
            byte[] file = SampleImages.bzImage(SampleImages.code(6000));
            file[0x211] = 1;
            file[0x201] = 0x66;
            return file;
        }
    }

    /** Plans; true if there is a plan. */
    private static boolean plans(byte[] file) {
        try {
            BootPlan plan =
                    BootRun.of(file)
                            .memory(MEBIBYTES)
                            .commandLine("x")
                            .ramdisk(new byte[5000])
                            .plan();
            for (BootPlan.Segment segment : plan.segments()) {
                assertTrue(segment.size() >= segment.content().remaining(), segment::toString);
                assertTrue(
                        MEMORY.isRam(segment.address(), segment.end())
                                || segment.address() >= MemoryMap.BIOS_BASE
                                        && segment.end() <= MemoryMap.EXTENDED_BASE,
                        segment::toString);
            }
            return true;
        } catch (ImageException e) {
            assertEquals(1, e.getMessage().lines().count(), e.getMessage());
            return false;
        }
    }

    @Test
    void theUnchangedOnesCanBePlanned() {
        for (Base base : Base.values()) {
            assertEquals(base != Base.LINUX, plans(base.bytes), base.toString());
        }
    }

    @Test
    void truncations() {
        for (Base base : Base.values()) {
            for (int length = 0; length < base.bytes.length; length += 7) {
                plans(Arrays.copyOf(base.bytes, length));
            }
        }
    }

    @Property(tries = 5000)
    void overwrittenHeaders(
            @ForAll Base base,
            @ForAll @IntRange(max = 800) int at,
            @ForAll @Size(min = 1, max = 8) byte[] over) {
        byte[] file = base.bytes.clone();
        System.arraycopy(over, 0, file, at % (file.length - over.length), over.length);
        plans(file);
    }

    @Property(tries = 3000)
    void anyNumberInAnAlignedField(
            @ForAll Base base, @ForAll @IntRange(max = 200) int field, @ForAll int value) {
        byte[] file = base.bytes.clone();
        Kernels.little(4).putInt(value).flip().get(file, 4 * field, 4);
        plans(file);
    }

    @Property(tries = 1000)
    void everyProtocolOnEveryImage(@ForAll Base base, @ForAll BootProtocol protocol) {
        try {
            BootPlan plan = BootRun.of(base.bytes).by(protocol).plan();
            assertEquals(protocol, plan.protocol());
        } catch (ImageException e) {
            assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        }
    }
}
