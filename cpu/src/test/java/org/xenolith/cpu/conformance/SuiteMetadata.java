package org.xenolith.cpu.conformance;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What the suite says of opcodes: which flags they leave undefined. */
final class SuiteMetadata {
    private static final String FILE = "metadata.json";
    private static final int ALL = 0xffff;

    private final JsonObject opcodes;

    SuiteMetadata(JsonObject opcodes) {
        this.opcodes = opcodes;
    }

    /** Reads the file of a folder of vectors, or of a folder beside it. */
    static SuiteMetadata find(Path folder) throws IOException {
        Path file = folder.resolve(FILE);
        if (!Files.isReadable(file)) {
            try (Stream<Path> beside = Files.list(folder.toAbsolutePath().getParent())) {
                file =
                        beside.sorted()
                                .map(each -> each.resolve(FILE))
                                .filter(Files::isReadable)
                                .findFirst()
                                .orElseThrow(
                                        () -> new IOException("no metadata.json in " + folder));
            }
        }
        try (Reader in = Files.newBufferedReader(file)) {
            return new SuiteMetadata(
                    JsonParser.parseReader(in).getAsJsonObject().getAsJsonObject("opcodes"));
        } catch (JsonParseException e) {
            throw new IOException(file + " is damaged", e);
        }
    }

    /**
     * Mask of the flags that an opcode defines.
     *
     * @param form name of a file of vectors: opcode, and the digit in ModRM if it extends it, as
     *     "F6.4"
     */
    int definedFlags(String form) {
        String[] parts = form.split("\\.");
        JsonObject opcode = opcodes.getAsJsonObject(parts[0]);
        if (opcode != null && opcode.has("reg") && parts.length > 1) {
            opcode = opcode.getAsJsonObject("reg").getAsJsonObject(parts[1]);
        }
        JsonElement mask = opcode == null ? null : opcode.get("flags-mask");
        return mask == null ? ALL : mask.getAsInt();
    }
}
