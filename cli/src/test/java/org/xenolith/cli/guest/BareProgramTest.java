package org.xenolith.cli.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenolith.cli.bare.TinyMultiboot;
import org.xenolith.firmware.acpi.AcpiConfig;
import org.xenolith.firmware.acpi.AcpiTables;
import org.xenolith.firmware.memory.MemoryMap;
import org.xenolith.testroms.TestRoms;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** {@code xenolith bare} as its own process, with kernels of a few instructions. */
final class BareProgramTest {
    /** Ends a kernel that nothing else ends; no test waits for it otherwise. */
    private static final String GIVE_UP_SECONDS = "20";

    private static final int COM1 = 0x3f8;
    private static final int DEBUG_CONSOLE = 0xe9;
    private static final int EXIT = 0xf4;
    private static final int POWER_EVENTS_ENABLE = 0x602;
    private static final int POWER_CONTROL = 0x604;
    private static final int SHUTDOWN = 0x8900;
    private static final int RESET_CONTROL = 0xcf9;

    @TempDir private Path folder;

    private Program.Ended run(String input, TinyMultiboot kernel, String... options)
            throws Exception {
        Path file = Files.write(folder.resolve("kernel"), kernel.image());
        List<String> arguments = new ArrayList<>(List.of("bare", "--kernel", file.toString()));
        arguments.addAll(List.of(options));
        if (!arguments.contains("--timeout")) {
            arguments.addAll(List.of("--timeout", GIVE_UP_SECONDS));
        }
        return Program.run(folder, input, arguments.toArray(String[]::new));
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "5, 11", "127, 255", "128, 1"})
    void theExitDeviceChoosesTheStatus(int value, int status) throws Exception {
        Program.Ended ended =
                run("", new TinyMultiboot().print(COM1, "hello\r\n").outByte(EXIT, value).spin());
        assertEquals("", ended.err());
        assertEquals("hello\r\n", ended.out());
        assertEquals(status, ended.status());
    }

    /** A hypervisor of our own to read in class; status 2n + 1 for n written to port 0xf4. */
    @Test
    void aHypervisorEntersItsGuestAndLeaves() throws Exception {
        Program.Ended ended = vmx(TestRoms.bareImage("vmx"), "max");
        assertEquals("", ended.err());
        assertEquals(
                """
                VMX is on: this is root operation.
                A VMCS is loaded.
                Launching the guest.
                The guest is launched: this is non-root operation.
                Exit by CPUID: answering 42.
                Exit by VMCALL: the guest asks to print a letter:
                H
                Exit by VMCALL: the guest asks to print a letter:
                i
                Exit by HLT: the guest has seen its 42 and is done.
                VMX is off.
                """,
                ended.out().replace("\r", ""));
        assertEquals(1, ended.status());
    }

    @Test
    void aHypervisorSaysThatThereIsNoVmx() throws Exception {
        Program.Ended ended = vmx(TestRoms.bareImage("vmx"), "max,-vmx");
        assertEquals("This processor has no VMX.\r\n", ended.out());
        assertEquals(3, ended.status());
    }

    /** Where the hypervisor is firmware, it locks IA32_FEATURE_CONTROL without VMXON this time. */
    @Test
    void aHypervisorSaysThatFirmwareDoesNotWantVmx() throws Exception {
        byte[] image = TestRoms.bareImage("vmx");
        String code = HexFormat.of().formatHex(image);
        int at = code.indexOf("83c8050f30"); // or eax, lock and VMXON; wrmsr
        assertEquals(0, at % 2, "position of the code in question");
        image[at / 2 + 2] = 1;
        Program.Ended ended = vmx(image, "max");
        assertEquals("Firmware has switched VMX off.\r\n", ended.out());
        assertEquals("", ended.err());
        assertEquals(7, ended.status());
    }

    private Program.Ended vmx(byte[] image, String cpu) throws Exception {
        Path file = Files.write(folder.resolve("vmx"), image);
        String[] arguments = {
            "bare", "--kernel", file.toString(), "--cpu", cpu, "--timeout", GIVE_UP_SECONDS
        };
        return Program.run(folder, "", arguments);
    }

    @Test
    void powerOffSucceeds() throws Exception {
        TinyMultiboot kernel =
                new TinyMultiboot()
                        .print(DEBUG_CONSOLE, "off\n")
                        .outWord(POWER_CONTROL, 0x2000)
                        .spin();
        Program.Ended ended = run("", kernel);
        assertEquals("", ended.err());
        assertEquals("off\n", ended.out());
        assertEquals(0, ended.status());
    }

    /** The alarm wakes the machine, which goes on in real mode with what was in memory. */
    @Test
    void aSleepEndsInRealMode() throws Exception {
        int vector = 0x8010;
        int facs = (int) AcpiTables.of(AcpiConfig.of(1), MemoryMap.BIOS_BASE).facsAddress();
        TinyMultiboot kernel = new TinyMultiboot().print(COM1, "zzz\r\n");
        // mov dx, EXIT; mov ax, cs; shr ax, 8; out dx, al; jmp $
        int[] woken = {0xba, EXIT, 0, 0x8c, 0xc8, 0xc1, 0xe8, 8, 0xee, 0xeb, 0xfe};
        for (int i = 0; i < woken.length; i++) {
            kernel.store(vector + i, woken[i]);
        }
        kernel.store(facs + 12, vector & 0xff).store(facs + 13, vector >> 8);
        int[][] alarm = {{1, 0xc0}, {3, 0xc0}, {5, 0xc0}, {11, 0x22}}; // every second
        for (int[] write : alarm) {
            kernel.outByte(0x70, write[0]).outByte(0x71, write[1]);
        }
        kernel.outWord(POWER_EVENTS_ENABLE, 0x400).outWord(POWER_CONTROL, 0x2400);
        Program.Ended ended = run("", kernel.outByte(EXIT, 0x11).spin());
        assertEquals("", ended.err());
        assertEquals("zzz\r\n", ended.out());
        assertEquals(2 * (vector >> 12) + 1, ended.status(), "CS is a sixteenth of the vector");
    }

    @Test
    void aSleepWithoutAVectorEndsInAReset() throws Exception {
        TinyMultiboot kernel = new TinyMultiboot().print(COM1, "z");
        int[][] alarm = {{1, 0xc0}, {3, 0xc0}, {5, 0xc0}, {11, 0x22}};
        for (int[] write : alarm) {
            kernel.outByte(0x70, write[0]).outByte(0x71, write[1]);
        }
        kernel.outWord(POWER_EVENTS_ENABLE, 0x400).outWord(POWER_CONTROL, 0x2400);
        Program.Ended ended = run("", kernel.outByte(EXIT, 0x11).spin(), "--no-reboot");
        assertEquals("", ended.err());
        assertEquals("z", ended.out());
        assertEquals(0, ended.status());
    }

    @Test
    void theShutdownPortTakesItsWord() throws Exception {
        Program.Ended ended = run("", new TinyMultiboot().print(SHUTDOWN, "Shutdown").spin());
        assertEquals("", ended.err());
        assertEquals(0, ended.status());
    }

    @Test
    void aTripleFaultLeavesTheProcessorOnStandardError() throws Exception {
        // The IDT is empty, so neither UD2 nor the double fault has a gate.
        Program.Ended ended = run("", new TinyMultiboot().print(COM1, "x").bytes(0x0f, 0x0b));
        assertEquals("x", ended.out());
        assertTrue(ended.err().startsWith("xenolith: triple fault"), ended.err());
        assertTrue(ended.err().contains("32-bit protected mode, cpl 0"), ended.err());
        assertTrue(ended.err().contains("code at rip: 0f 0b"), ended.err());
        assertEquals(3, ended.status());
    }

    @ParameterizedTest
    @CsvSource({"0xcf9, 6", "0x64, 0xfe"})
    void aResetEndsTheMachineOnRequest(String port, String value) throws Exception {
        TinyMultiboot kernel =
                new TinyMultiboot()
                        .print(COM1, "r")
                        .outByte(Integer.decode(port), Integer.decode(value))
                        .spin();
        Program.Ended ended = run("", kernel, "--no-reboot");
        assertEquals("", ended.err());
        assertEquals("r", ended.out());
        assertEquals(0, ended.status());
    }

    @Test
    void aResetStartsTheMachineAgain() throws Exception {
        // Input that the first run left behind reaches the next: it ends the machine.
        TinyMultiboot kernel =
                new TinyMultiboot()
                        .print(COM1, ">")
                        .readByte()
                        .bytes(0xee) // out dx, al
                        .bytes(0x3c, 'q', 0x75, 8) // cmp al, 'q'; jne over the exit
                        .outByte(EXIT, 3)
                        .outByte(RESET_CONTROL, 6)
                        .spin();
        Program.Ended ended = run("aq", kernel);
        assertEquals("", ended.err());
        assertEquals(">a>q", ended.out());
        assertEquals(7, ended.status());
    }

    @Test
    void pipedInputReachesTheSerialPort() throws Exception {
        TinyMultiboot kernel = new TinyMultiboot();
        for (int i = 0; i < 20; i++) {
            kernel.readByte().bytes(0xee);
        }
        Program.Ended ended = run("twenty characters ..", kernel.outByte(EXIT, 0).spin());
        assertEquals("twenty characters ..", ended.out());
        assertEquals(1, ended.status());
    }

    /** 64 KiB up to more than is visible below 1 MiB. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 256})
    void aBiosStartsAtItsEndWithInterruptsQuiet(int units) throws Exception {
        byte[] rom = new byte[units << 16];
        int[] start = {0xe9, 0x0d, 0x00}; // at FFF0: jmp 0
        int[] code = {
            0xb0,
            'x',
            0xe6,
            DEBUG_CONSOLE, // mov al, 'x'; out 0e9h, al
            0xea,
            0x09,
            0x00,
            0x00,
            0xf0, // jmp f000:0009, the same below 1 MiB
            0xfb,
            0xb9,
            0xff,
            0xff,
            0xe2,
            0xfe, // sti; mov cx, -1; loop $: no interrupt comes
            0xb0,
            'y',
            0xe6,
            DEBUG_CONSOLE,
            0xb0,
            4,
            0xe6,
            EXIT,
            0xf4,
        };
        put(rom, rom.length - 16, start);
        put(rom, rom.length - 0x10000, code);
        Program.Ended ended = runFile(rom, "--timeout", GIVE_UP_SECONDS);
        assertEquals("", ended.err());
        assertEquals("xy", ended.out());
        assertEquals(9, ended.status());
    }

    @Test
    void aTimeoutEndsAMachineThatIsDead() throws Exception {
        byte[] rom = new byte[0x10000];
        put(rom, rom.length - 16, 0xe9, 0x0d, 0x00); // to a HLT with interrupts off
        put(rom, 0, 0xf4);
        Program.Ended ended = runFile(rom, "--timeout", "5");
        assertTrue(ended.err().contains("waits for ever"), ended.err());
        assertEquals(4, ended.status());
    }

    @Test
    void aBootSectorLearnsThatThereIsNoBios() throws Exception {
        byte[] sector = new byte[512];
        int[] code = {
            0xb8,
            'A',
            0x0e,
            0xcd,
            0x10, // mov ax, 0e41h; int 10h
            0xb8,
            0x01,
            0x02,
            0xcd,
            0x13, // mov ax, 0201h; int 13h
            0xb4,
            0x00,
            0xcd,
            0x16, // mov ah, 0; int 16h
            0x0f,
            0x92,
            0xc0,
            0xe6,
            EXIT,
            0xf4 // setc al; out 0f4h, al; hlt
        };
        put(sector, 0, code);
        put(sector, 510, 0x55, 0xaa);
        Program.Ended ended = runFile(sector, "--timeout", GIVE_UP_SECONDS);
        assertEquals("", ended.out());
        List<String> said = ended.err().lines().toList();
        assertEquals(3, said.size(), ended.err());
        assertTrue(said.get(0).contains("video output, INT 10h with AH=0eh"), ended.err());
        assertTrue(said.get(1).contains("a disk, INT 13h with AH=02h"), ended.err());
        assertTrue(said.get(2).contains("the keyboard, INT 16h with AH=00h"), ended.err());
        assertEquals(3, ended.status(), "the calls set CF");
    }

    private static void put(byte[] image, int at, int... bytes) {
        for (int i = 0; i < bytes.length; i++) {
            image[at + i] = (byte) bytes[i];
        }
    }

    private Program.Ended runFile(byte[] image, String... options) throws Exception {
        Path file = Files.write(folder.resolve("image"), image);
        List<String> arguments = new ArrayList<>(List.of("bare", "--kernel", file.toString()));
        arguments.addAll(List.of(options));
        return Program.run(folder, "", arguments.toArray(String[]::new));
    }

    @Test
    void aTimeoutEndsWhatDoesNot() throws Exception {
        Program.Ended ended = run("", new TinyMultiboot().spin(), "--timeout", "0.5");
        assertEquals("xenolith: timeout\n", ended.err());
        assertEquals(4, ended.status());
    }

    @Test
    void modelsAreListed() throws Exception {
        Program.Ended ended = Program.run(folder, "", "bare", "--cpu", "help");
        assertEquals("", ended.err());
        assertTrue(ended.out().lines().anyMatch(l -> l.strip().startsWith("haswell")), ended.out());
        assertEquals(0, ended.status());
    }
}
