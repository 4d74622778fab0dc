package org.xenolith.cpu.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.GZIPOutputStream;

/** The runner on vectors of our own, some of them wrong. */
class SingleStepTest {
    private static final String METADATA =
            """
            {"opcodes": {"08": {"flags-mask": 65519}, "D3": {"reg": {"4": {"flags-mask": 63470}}}}}
            """;

    /** An 80286 at 1000:0100 that will halt behind an instruction. */
    private static final class Recorder {
        final int[] before = {0, 0, 0, 0, 0x1000, 0x2000, 0x3000, 0x4000, 0x100, 0, 0, 0, 0x100, 2};
        final String code;
        String cpu = "C286";
        int changed = 1 << Vector.IP;
        final int[] after = new int[before.length];
        int[] stored = {};

        Recorder(String hex) {
            code = hex + "f4";
            after[Vector.IP] = 0x100 + code.length() / 2;
        }

        Recorder changes(int register, int value) {
            changed |= 1 << register;
            after[register] = value;
            return this;
        }

        byte[] file() {
            byte[] bytes = HexFormat.of().parseHex(code);
            int[] ram = new int[2 * bytes.length];
            for (int i = 0; i < bytes.length; i++) {
                ram[2 * i] = 0x10100 + i;
                ram[2 * i + 1] = bytes[i];
            }
            byte[] header = join(numbers(1, 1), cpu.getBytes(StandardCharsets.US_ASCII));
            byte[] test =
                    join(
                            numbers(7),
                            chunk("BYTS", join(numbers(bytes.length), bytes)),
                            chunk("INIT", state(0x3fff, before, ram)),
                            chunk("FINA", state(changed, after, stored)));
            return join(chunk("MOO ", header), chunk("TEST", test));
        }

        private static byte[] state(int given, int[] registers, int[] ram) {
            ByteBuffer values = ByteBuffer.allocate(2 + 2 * Integer.bitCount(given));
            values.order(ByteOrder.LITTLE_ENDIAN).putShort((short) given);
            for (int i = 0; i < registers.length; i++) {
                if ((given >> i & 1) != 0) {
                    values.putShort((short) registers[i]);
                }
            }
            ByteBuffer memory = ByteBuffer.allocate(4 + 5 * ram.length / 2);
            memory.order(ByteOrder.LITTLE_ENDIAN).putInt(ram.length / 2);
            for (int i = 0; i < ram.length; i += 2) {
                memory.putInt(ram[i]).put((byte) ram[i + 1]);
            }
            int used = memory.position();
            return join(
                    chunk("REGS", values.array()),
                    chunk("RAM ", Arrays.copyOf(memory.array(), used)));
        }

        private static byte[] chunk(String tag, byte[] body) {
            return join(tag.getBytes(StandardCharsets.US_ASCII), numbers(body.length), body);
        }

        private static byte[] numbers(int... values) {
            ByteBuffer bytes = ByteBuffer.allocate(4 * values.length);
            bytes.order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().put(values);
            return bytes.array();
        }

        private static byte[] join(byte[]... parts) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (byte[] part : parts) {
                all.writeBytes(part);
            }
            return all.toByteArray();
        }
    }

    private static Scoreboard run(String form, Recorder vector) throws IOException {
        Scoreboard scoreboard = new Scoreboard();
        SuiteMetadata metadata =
                new SuiteMetadata(
                        JsonParser.parseString(METADATA)
                                .getAsJsonObject()
                                .getAsJsonObject("opcodes"));
        new SingleStep(metadata, scoreboard).run(form, MooFile.parse(vector.file()));
        return scoreboard;
    }

    private static String text(Scoreboard scoreboard) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        scoreboard.print(new PrintStream(out, true, StandardCharsets.UTF_8));
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void aRightVectorPasses() throws IOException {
        Recorder move = new Recorder("b83412").changes(Vector.AX, 0x1234);
        assertEquals(1, run("B8", move).passed());
    }

    @Test
    void aWrongRegisterFails() throws IOException {
        Recorder move = new Recorder("b83412").changes(Vector.AX, 0x1235);
        Scoreboard scoreboard = run("B8", move);
        assertEquals(1, scoreboard.failed());
        assertTrue(text(scoreboard).contains("ax is 1234, not 1235"), text(scoreboard));
    }

    @Test
    void aStoreThatIsNotRecordedFails() throws IOException {
        Recorder store = new Recorder("a20002"); // MOV [0200], AL
        store.before[Vector.AX] = 0x55;
        assertTrue(text(run("A2", store)).contains("writes elsewhere"));
        store.stored = new int[] {0x30200, 0x55};
        assertEquals(1, run("A2", store).passed());
        store.stored[1] = 0x56;
        assertTrue(text(run("A2", store)).contains("[30200] is 55, not 56"));
    }

    @Test
    void onlyDefinedFlagsCount() throws IOException {
        Recorder or = new Recorder("08c0").changes(Vector.FLAGS, 0x56); // ZF, PF and AF
        assertEquals(1, run("08", or).passed());
        assertEquals(1, run("0A", or).failed());
        SuiteMetadata metadata =
                new SuiteMetadata(
                        JsonParser.parseString(METADATA)
                                .getAsJsonObject()
                                .getAsJsonObject("opcodes"));
        assertEquals(63470, metadata.definedFlags("D3.4"));
        assertEquals(0xffff, metadata.definedFlags("99"));
    }

    @Test
    void whatOnlyAnOldProcessorDoesIsExcluded() throws IOException {
        Recorder locked = new Recorder("f0b83412").changes(Vector.AX, 0x1234);
        Scoreboard scoreboard = run("B8", locked);
        assertEquals(1, scoreboard.excluded());
        assertTrue(text(scoreboard).contains(Exclusion.LOCK_286.reason()));
        locked.cpu = "8086"; // whose vectors have no HLT; nothing excludes it there
        assertEquals(1, run("B8", locked).failed());
    }

    @Test
    void damagedFiles(@TempDir Path folder) throws IOException {
        Path damaged = folder.resolve("90.MOO.gz");
        byte[] file = new Recorder("90").file();
        write(damaged, Arrays.copyOf(file, file.length - 1));
        assertThrows(IOException.class, () -> MooFile.read(damaged));
        write(damaged, new byte[3]);
        assertThrows(IOException.class, () -> MooFile.read(damaged));
        write(damaged, new byte[0]);
        assertThrows(IOException.class, () -> MooFile.read(damaged));
        Recorder unknown = new Recorder("90");
        unknown.cpu = "Z80 ";
        assertThrows(IOException.class, () -> MooFile.parse(unknown.file()));
    }

    @Test
    void theProgram(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("metadata.json"), METADATA);
        Recorder move = new Recorder("b83412").changes(Vector.AX, 0x1234);
        write(folder.resolve("B8.MOO.gz"), move.file());
        write(folder.resolve("B9.MOO.gz"), new Recorder("b93412").file());
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertEquals(0, run(out, folder.toString(), "B8"));
        assertTrue(out.toString(StandardCharsets.UTF_8).contains("1 vectors: 1 passed"), "" + out);
        assertEquals(1, run(out, folder.toString()));
        assertEquals(2, run(out, folder.toString(), "C."));
        assertEquals(2, run(out, folder.toString(), "("));
        assertEquals(2, run(out));
    }

    private static int run(ByteArrayOutputStream out, String... arguments) {
        PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
        return SingleStep.run(arguments, stream, stream);
    }

    private static void write(Path file, byte[] content) throws IOException {
        try (var out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(content);
        }
    }
}
