package org.xenolith.pv.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenolith.firmware.image.ImageException;
import org.xenolith.pv.build.PvBuildException;
import org.xenolith.testroms.TestRoms;
import org.xenolith.xen.domain.ShutdownReason;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

/** Guests that no assembler makes: they may fail, but only themselves. */
final class BrokenGuestsTest {
    private static final int ELF_ENTRY = 24;
    private static final int HEADERS = 0x1000;

    /** Where the ROMs' note says that execution starts: the 8 bytes behind its header. */
    private static byte[] withEntry(byte[] image, long entry) {
        ByteBuffer elf = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
        long old = elf.getLong(ELF_ENTRY);
        for (int at = 0; at + 8 <= image.length; at++) {
            if (elf.getLong(at) == old) {
                elf.putLong(at, entry);
            }
        }
        return image;
    }

    @Test
    void anEntryWithoutCodeIsACrash() throws Exception {
        byte[] image = TestRoms.image("poweroff");
        long entry = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN).getLong(ELF_ENTRY);
        long beyond = entry + (31 << 20);
        RomRun.Result result = RomRun.of("poweroff").image(withEntry(image, beyond)).run();
        assertEquals(ShutdownReason.CRASH, result.domain().shutdown);
        String reason = result.domain().crash.reason();
        assertTrue(reason.startsWith("unhandled vector 14"), reason);
        assertTrue(reason.endsWith("rip 0x%x".formatted(beyond)), reason);
        assertTrue(result.domain().crash.details().contains("code at rip: not mapped"));
    }

    @Test
    void zerosInsteadOfCodeAreACrash() throws Exception {
        byte[] image = TestRoms.image("poweroff");
        ByteBuffer elf = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
        int at = (int) (elf.getLong(ELF_ENTRY) & 0xfff);
        for (int i = at; i < image.length; i++) {
            image[i] = 0;
        }
        RomRun.Result result = RomRun.of("poweroff").image(image).run();
        assertEquals(ShutdownReason.CRASH, result.domain().shutdown);
        assertNotNull(result.domain().crash);
    }

    @Test
    void tooLittleMemoryIsSaidBeforeTheStart() {
        PvBuildException refused =
                assertThrows(
                        PvBuildException.class,
                        () -> RomRun.of("demo").memory(1).ramdisk(new byte[1 << 20]).run());
        assertEquals(1, refused.getMessage().lines().count(), refused.getMessage());
    }

    /**
     * ROMs with random bytes changed, from one to a thousand of them. Whatever they do ends in an
     * orderly way, and never by an error of the hypervisor.
     */
    @ParameterizedTest
    @ValueSource(strings = {"demo", "echo", "hostile", "smc", "smp"})
    void randomChangesHarmOnlyTheGuest(String name) throws Exception {
        Random random = new Random(name.hashCode());
        int started = 0;
        for (int round = 0; round < 40; round++) {
            byte[] image = TestRoms.image(name);
            int changes = 1 << random.nextInt(11);
            int from = round % 4 == 0 ? 0 : Math.min(HEADERS, image.length / 8);
            for (int i = 0; i < changes; i++) {
                image[from + random.nextInt(image.length - from)] = (byte) random.nextInt();
            }
            started += run(name, image, "round " + round) ? 1 : 0;
        }
        assertTrue(started >= 20, started + " of 40 started");
    }

    private static boolean run(String name, byte[] image, String what) {
        RomRun.Result result;
        try {
            result =
                    RomRun.of(name)
                            .image(image)
                            .memory(4)
                            .input("a\r", "quit\r")
                            .limit(2_000_000)
                            .run();
        } catch (ImageException | PvBuildException e) {
            assertEquals(1, e.getMessage().lines().count(), what);
            return false;
        }
        if (result.domain().crash != null) {
            String reason = result.domain().crash.reason();
            assertFalse(reason.startsWith("hypervisor error"), () -> what + ": " + reason);
        }
        return true;
    }
}
