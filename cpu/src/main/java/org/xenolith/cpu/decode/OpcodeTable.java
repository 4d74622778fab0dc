package org.xenolith.cpu.decode;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * The opcode table, read once from the {@code *.opcodes} resources. Rows for one opcode are tried
 * in order: those with a mandatory prefix first, then those for any prefix, each in file order with
 * rows for a certain ModRM.rm ahead.
 *
 * <p>A processor that lacks CPUID features has a table of its own ({@link #only}), so that nothing
 * is left to be checked when it runs.
 */
public final class OpcodeTable {
    private static final String[] FILES = {
        "integer.opcodes",
        "bits.opcodes",
        "mmx.opcodes",
        "sse.opcodes",
        "crypto.opcodes",
        "avx.opcodes",
        "avx2.opcodes",
        "fma.opcodes",
        "x87.opcodes"
    };
    private static final OpcodeTable INSTANCE = new OpcodeTable();

    private final List<Opcode> rows = new ArrayList<>();
    private final Opcode[][] byOpcode = new Opcode[2 * Opcode.VEX_MAP * 256][];

    /** Opcodes of which rows were taken away. */
    private final boolean[] reduced = new boolean[byOpcode.length];

    private OpcodeTable() {
        for (String file : FILES) {
            read(file);
        }
        sort();
    }

    private OpcodeTable(OpcodeTable base, Predicate<String> features) {
        for (Opcode row : base.rows) {
            boolean present = row.features().stream().allMatch(features);
            boolean wide = row.wideFeatures().stream().allMatch(features);
            if (present) {
                rows.add(wide ? row : row.narrow());
            }
            reduced[row.map() << 8 | row.opcode()] |= !present || !wide;
        }
        sort();
    }

    private void sort() {
        List<List<Opcode>> lists = new ArrayList<>();
        for (int i = 0; i < byOpcode.length; i++) {
            lists.add(new ArrayList<>());
        }
        for (int pass = 0; pass < 4; pass++) {
            for (Opcode row : rows) {
                boolean prefixed = row.prefix() != Opcode.ANY;
                if (prefixed == pass < 2 && row.rm() >= 0 == (pass % 2 == 0)) {
                    lists.get(row.map() << 8 | row.opcode()).add(row);
                }
            }
        }
        for (int i = 0; i < byOpcode.length; i++) {
            byOpcode[i] = lists.get(i).toArray(Opcode[]::new);
        }
    }

    /** The table. */
    public static OpcodeTable get() {
        return INSTANCE;
    }

    /**
     * The table of a processor that has certain CPUID features only. Encodings whose rows are gone
     * mean what is left for them: TZCNT becomes BSF, WBNOINVD WBINVD, and most raise #UD.
     *
     * @param features tells whether a feature, named as in /proc/cpuinfo, is there
     */
    public OpcodeTable only(Predicate<String> features) {
        return new OpcodeTable(this, features);
    }

    /** All rows, in file order; in the full table a row's id is its index. */
    public List<Opcode> rows() {
        return List.copyOf(rows);
    }

    /** Rows of one opcode in the order in which they are tried; empty if it is undefined. */
    Opcode[] candidates(int map, int opcode) {
        return byOpcode[map << 8 | opcode];
    }

    /** Whether rows of an opcode are missing because features are. */
    boolean reduced(int map, int opcode) {
        return reduced[map << 8 | opcode];
    }

    private void read(String file) {
        var stream = OpcodeTable.class.getResourceAsStream(file);
        if (stream == null) {
            throw new IllegalStateException("missing resource " + file);
        }
        String defaults = "";
        try (var in =
                new BufferedReader(new InputStreamReader(stream, StandardCharsets.US_ASCII))) {
            String line;
            for (int number = 1; (line = in.readLine()) != null; number++) {
                int comment = line.indexOf('#');
                String text = (comment < 0 ? line : line.substring(0, comment)).strip();
                if (text.startsWith("@default")) {
                    defaults = text.substring(8);
                } else if (!text.isEmpty()) {
                    try {
                        parse(text.split("\\s+"), defaults.strip());
                    } catch (RuntimeException e) {
                        throw new IllegalStateException(file + ":" + number + ": " + e, e);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void parse(String[] tokens, String defaults) {
        int at = 0;
        int prefix = Opcode.ANY;
        if (tokens[0].matches("NP|66|F2|F3")) {
            prefix = tokens[0].equals("NP") ? Opcode.NP : Integer.parseInt(tokens[0], 16);
            at++;
        }
        int map = 0;
        if (tokens[0].startsWith("VEX.")) {
            String[] parts = tokens[at++].split("\\.");
            prefix = parts[1].equals("NP") ? Opcode.NP : Integer.parseInt(parts[1], 16);
            map =
                    Opcode.VEX_MAP
                            + switch (parts[2]) {
                                case "0F" -> 1;
                                case "0F38" -> 2;
                                case "0F3A" -> 3;
                                default -> throw new IllegalArgumentException(tokens[0]);
                            };
        } else if (tokens[at].equals("0F")) {
            map = 1;
            at++;
            if (tokens[at].equals("38") && isByte(tokens[at + 1])) {
                map = 2;
                at++;
            } else if (tokens[at].equals("3A") && isByte(tokens[at + 1])) {
                map = 3;
                at++;
            }
        }
        int opcode = Integer.parseInt(tokens[at].substring(0, 2), 16);
        String plus = tokens[at].substring(2);
        at++;
        int reg = -1;
        if (tokens[at].startsWith("/")) {
            reg = tokens[at].charAt(1) - '0';
            at++;
        }
        int rm = -1;
        if (tokens[at].startsWith("rm=")) {
            rm = tokens[at].charAt(3) - '0';
            at++;
        }
        String mnemonic = tokens[at++];
        List<Operand> operands = new ArrayList<>();
        if (at < tokens.length && isOperands(tokens[at])) {
            if (!tokens[at].equals("-")) {
                for (String operand : tokens[at].split(",")) {
                    if (operand.equals("Ap")) { // far pointer: offset, then selector
                        operands.add(Operand.parse("Iz"));
                        operands.add(Operand.parse("Iw"));
                    } else {
                        operands.add(Operand.parse(operand));
                    }
                }
            }
            at++;
        }
        String semantic = mnemonic.toLowerCase(java.util.Locale.ROOT);
        int memory = -1;
        int rexW = -1;
        int rexB = -1;
        boolean lock = false;
        boolean default64 = false;
        boolean force64 = false;
        boolean ends = false;
        boolean invalid64 = false;
        boolean only64 = false;
        int vectorLength = -1;
        boolean keepsVectors = false;
        String fpu = "";
        List<String> features = List.of();
        List<String> wide = List.of();
        String undefined = "";
        String undefinedAboveOne = "";
        String undefinedFromSize = "";
        List<String> qualifiers = new ArrayList<>();
        if (!defaults.isEmpty()) {
            qualifiers.addAll(List.of(defaults.split("\\s+")));
        }
        qualifiers.addAll(List.of(tokens).subList(at, tokens.length));
        for (String q : qualifiers) {
            switch (q) {
                case "mem" -> memory = 1;
                case "reg" -> memory = 0;
                case "W0" -> rexW = 0;
                case "W1" -> rexW = 1;
                case "B0" -> rexB = 0;
                case "lock" -> lock = true;
                case "d64" -> default64 = true;
                case "f64" -> force64 = true;
                case "end" -> ends = true;
                case "i64" -> invalid64 = true;
                case "o64" -> only64 = true;
                case "L0" -> vectorLength = 0;
                case "L1" -> vectorLength = 1;
                case "LIG" -> vectorLength = Opcode.LIG;
                case "keep" -> keepsVectors = true;
                default -> {
                    if (q.startsWith("=")) {
                        semantic = q.substring(1);
                    } else if (q.startsWith("fpu=")) {
                        fpu = q.equals("fpu=none") ? "" : q.substring(4);
                    } else if (q.startsWith("cpu=")) {
                        String[] both = q.substring(4).split("\\|");
                        features = List.of(both[0].split("\\+"));
                        wide = List.of(both[both.length - 1].split("\\+"));
                    } else if (q.startsWith("u=")) {
                        undefined = q.substring(2);
                    } else if (q.startsWith("u1=")) {
                        undefinedAboveOne = q.substring(3);
                    } else if (q.startsWith("uw=")) {
                        undefinedFromSize = q.substring(3);
                    } else if (q.startsWith("rm=")) {
                        rm = q.charAt(3) - '0';
                    } else {
                        throw new IllegalArgumentException("qualifier " + q);
                    }
                }
            }
        }
        UndefinedFlags undefinedFlags =
                UndefinedFlags.parse(undefined, undefinedAboveOne, undefinedFromSize);
        boolean modrm =
                reg >= 0
                        || rm >= 0
                        || memory >= 0
                        || operands.stream().anyMatch(Operand::usesModrm);
        int variants = plus.equals("+r") ? 8 : plus.equals("+cc") ? 16 : 1;
        for (int v = 0; v < variants; v++) {
            rows.add(
                    new Opcode(
                            rows.size(),
                            map,
                            prefix,
                            opcode + v,
                            mnemonic,
                            semantic,
                            List.copyOf(operands),
                            reg,
                            rm,
                            memory,
                            rexW,
                            rexB,
                            modrm,
                            lock,
                            default64,
                            force64,
                            ends,
                            invalid64,
                            only64,
                            vectorLength,
                            keepsVectors,
                            fpu,
                            undefinedFlags,
                            features,
                            wide));
        }
    }

    private static boolean isByte(String token) {
        return token.matches("[0-9A-F]{2}(\\+r)?");
    }

    private static boolean isOperands(String token) {
        return token.equals("-")
                || token.matches("[A-Za-z0-9!^,]+")
                        && !token.matches(
                                "mem|reg|lock|d64|f64|end|i64|o64|W0|W1|B0|L0|L1|LIG|keep");
    }
}
