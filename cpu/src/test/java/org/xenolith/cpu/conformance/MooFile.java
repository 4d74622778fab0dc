package org.xenolith.cpu.conformance;

import java.io.IOException;
import java.io.InputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * A file of vectors in the suite's binary format: chunks of a four-letter tag, a 32-bit length and
 * a body, little-endian, some of which hold chunks themselves.
 *
 * @param generation the processor that the vectors come from
 * @param vectors in the order of the file
 */
record MooFile(Generation generation, List<Vector> vectors) {
    /** Reads a file, compressed by gzip. */
    static MooFile read(Path file) throws IOException {
        try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
            return parse(in.readAllBytes());
        } catch (BufferUnderflowException
                | IllegalArgumentException
                | IndexOutOfBoundsException e) {
            throw new IOException(file + " is damaged", e);
        }
    }

    /**
     * Reads what a file holds.
     *
     * @throws RuntimeException if a length is wrong
     */
    static MooFile parse(byte[] content) throws IOException {
        ByteBuffer file = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        Generation generation = null;
        List<Vector> vectors = new ArrayList<>();
        while (file.hasRemaining()) {
            String tag = text(file, 4);
            ByteBuffer body = body(file);
            switch (tag) {
                case "MOO " -> {
                    body.getLong(); // version and number of vectors
                    generation = Generation.of(text(body, 4));
                }
                case "TEST" -> vectors.add(vector(body));
                default -> {
                    // what people may want to know of the recording
                }
            }
        }
        if (generation == null) {
            throw new IOException("not a file of vectors: it has no header");
        }
        return new MooFile(generation, List.copyOf(vectors));
    }

    private static Vector vector(ByteBuffer chunk) {
        int index = chunk.getInt();
        String name = "";
        byte[] code = {};
        Vector.State before = Vector.State.NONE;
        Vector.State after = Vector.State.NONE;
        int exception = -1;
        while (chunk.hasRemaining()) {
            String tag = text(chunk, 4);
            ByteBuffer body = body(chunk);
            switch (tag) {
                case "NAME" -> name = text(body, body.getInt());
                case "BYTS" -> {
                    code = new byte[body.getInt()];
                    body.get(code);
                }
                case "INIT" -> before = state(body);
                case "FINA" -> after = state(body);
                case "EXCP" -> exception = body.get() & 0xff;
                default -> {
                    // bus cycles, hashes
                }
            }
        }
        return new Vector(index, name, code, before, after, exception);
    }

    private static Vector.State state(ByteBuffer chunk) {
        int given = 0;
        int[] registers = new int[Vector.REGISTERS.length];
        int[] addresses = {};
        byte[] bytes = {};
        while (chunk.hasRemaining()) {
            String tag = text(chunk, 4);
            ByteBuffer body = body(chunk);
            switch (tag) {
                case "REGS" -> {
                    given = body.getShort() & 0xffff;
                    for (int i = 0; i < registers.length; i++) {
                        registers[i] = (given >> i & 1) != 0 ? body.getShort() & 0xffff : 0;
                    }
                }
                case "RAM " -> {
                    int count = body.getInt();
                    if (count != body.remaining() / 5) {
                        throw new IllegalArgumentException("bytes of memory: " + count);
                    }
                    addresses = new int[count];
                    bytes = new byte[count];
                    for (int i = 0; i < count; i++) {
                        addresses[i] = body.getInt();
                        bytes[i] = body.get();
                    }
                }
                default -> {
                    // the prefetch queue
                }
            }
        }
        return new Vector.State(given, registers, addresses, bytes);
    }

    private static ByteBuffer body(ByteBuffer chunk) {
        int length = chunk.getInt();
        ByteBuffer body = chunk.slice(chunk.position(), length).order(ByteOrder.LITTLE_ENDIAN);
        chunk.position(chunk.position() + length);
        return body;
    }

    private static String text(ByteBuffer chunk, int length) {
        byte[] text = new byte[length];
        chunk.get(text);
        return new String(text, StandardCharsets.US_ASCII);
    }
}
