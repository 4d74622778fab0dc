package org.xenolith.pv.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenolith.firmware.image.ImageException;
import org.xenolith.pv.build.PvBuildException;
import org.xenolith.testroms.TestRoms;
import org.xenolith.xen.domain.ShutdownReason;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Random;

/** Guests that no assembler makes: they may fail, but only themselves. */
final class BrokenGuestsTest {
    private static final int ELF_ENTRY = 24;
    private static final int PHYSICAL = 0xfff_ffff;

    /** The notes of all ROMs that have some end before this offset. */
    private static final int BEHIND_NOTES = 0x400;

    private static int entry(byte[] image) {
        long entry = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN).getLong(ELF_ENTRY);
        return (int) entry & PHYSICAL;
    }

    /** A ROM that runs these instructions first. */
    private static RomRun.Result runCode(String code) throws Exception {
        byte[] image = TestRoms.image("demo");
        byte[] bytes = HexFormat.of().parseHex(code.replace(" ", ""));
        System.arraycopy(bytes, 0, image, entry(image), bytes.length);
        return RomRun.of("demo").image(image).memory(4).limit(100_000).run();
    }

    private static String crashReason(String code) throws Exception {
        RomRun.Result result = runCode(code);
        assertEquals(ShutdownReason.CRASH, result.domain().shutdown);
        return result.domain().crash.reason();
    }

    @Test
    void aJumpToNowhereIsACrash() throws Exception {
        // mov rax, 0x12345000; jmp rax
        RomRun.Result result = runCode("48b8 0050341200000000 ffe0");
        assertEquals(ShutdownReason.CRASH, result.domain().shutdown);
        String reason = result.domain().crash.reason();
        assertTrue(reason.startsWith("unhandled vector 14"), reason);
        assertTrue(reason.endsWith("at rip 0x12345000"), reason);
        assertTrue(result.domain().crash.details().contains("code at rip: not mapped"));
    }

    /** Without a handler every exception of the kernel ends the domain. */
    @ParameterizedTest
    @CsvSource({
        "'divide error', 0, 31c9 f7f1",
        "'breakpoint', 3, cc",
        "'invalid opcode', 6, 0f0b",
        "'hlt', 13, f4",
        "'lgdt', 13, 0f0118",
        "'mov cr3 of an address that is no table', 13, 48c7c0ffffff7f 0f22d8",
        "'mov cr0 that ends protection', 13, 31c0 0f22c0",
        "'wrmsr to an unknown MSR', 13, b978563412 0f30",
        "'in from a port', 13, b8ffffffff ed",
        "'load of a hypervisor segment', 13, b808e00000 8ed8",
        "'a write to the hypervisor', 14, 48b8 0000000000 80ffff 48 8900",
        "'a jump to the hypervisor', 14, 48b8 0000000000 80ffff ffe0",
        "'int of a vector without a gate', 13, cd81",
        "'an alignment that no address has', 13, 48b8 0000000000 000080 488900",
    })
    void anExceptionThatNobodyHandlesIsACrash(String what, int vector, String code)
            throws Exception {
        String reason = crashReason(code);
        assertTrue(reason.startsWith("unhandled vector " + vector), what + ": " + reason);
    }

    /** The frame of HYPERVISOR_iret is the guest's, so it may hold anything. */
    @ParameterizedTest
    @ValueSource(longs = {0, 1, 0x1000, -1, -8, Long.MIN_VALUE, Long.MAX_VALUE, -0x7fff_ffff_ffffL})
    void returningThroughAnyStackEndsOrderly(long stack) throws Exception {
        // mov rsp, stack; mov eax, 23; syscall
        String pointer = HexFormat.of().toHexDigits(Long.reverseBytes(stack));
        String reason = crashReason("48bc" + pointer + "b817000000 0f05");
        assertFalse(reason.startsWith("hypervisor error"), reason);
    }

    @Test
    void aGuestThatOnlyExecutesPrefixesGoesOnUntilTheyAreTooMany() throws Exception {
        String reason = crashReason("66".repeat(20));
        assertTrue(reason.startsWith("unhandled vector 13"), reason);
    }

    @Test
    void zerosInsteadOfCodeAreACrash() throws Exception {
        byte[] image = TestRoms.image("poweroff");
        for (int i = BEHIND_NOTES; i < image.length; i++) {
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
            int from = round % 4 == 0 ? 0 : BEHIND_NOTES;
            for (int i = 0; i < changes; i++) {
                image[from + random.nextInt(image.length - from)] = (byte) random.nextInt();
            }
            started += run(name, image, "round " + round) ? 1 : 0;
        }
        assertTrue(started >= 30, started + " of 40 started");
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
