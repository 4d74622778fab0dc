package org.xenolith.cli.disasm;

import org.xenolith.cpu.decode.Decoder;
import org.xenolith.cpu.disasm.CodeSize;
import org.xenolith.cpu.disasm.Disassembled;
import org.xenolith.cpu.disasm.Disassembler;

import java.io.IOException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongPredicate;
import java.util.stream.Collectors;

/** Compares our text with an outsider's, instruction by instruction, at the outsider's places. */
final class Agreement {
    /** Unlike texts with the same mnemonics. */
    private static final class Difference {
        int count;
        String example;
    }

    private final Outsider outsider;
    private final CodeSize size;
    private final Spelling spelling;
    private final Disassembler ours;

    /** Instructions that both know. */
    int known;

    /** Of these, those with the same text in the common spelling. */
    private int sameText;

    /** Instructions that only the outsider knows, by mnemonic. */
    final Map<String, Integer> onlyTheirs = new TreeMap<>();

    /** Instructions that only we know, by mnemonic. */
    final Map<String, Integer> onlyOurs = new TreeMap<>();

    /** An example for each mnemonic with different lengths. */
    final Map<String, String> lengths = new TreeMap<>();

    private final Map<String, Difference> differences = new TreeMap<>();

    Agreement(Outsider outsider, CodeSize size) {
        this.outsider = outsider;
        this.size = size;
        this.spelling = Spelling.of(outsider);
        this.ours = new Disassembler(outsider.syntax, size);
    }

    /** Compares the code at all addresses that {@code wanted} accepts. */
    Agreement compare(byte[] code, long address, LongPredicate wanted) throws IOException {
        outsider.list(
                code,
                address,
                size,
                line -> {
                    if (wanted.test(line.address())) {
                        compare(code, (int) (line.address() - address), line);
                    }
                });
        return this;
    }

    private void compare(byte[] code, int offset, Outsider.Line line) {
        int available = Math.min(code.length - offset, Decoder.MAX_LENGTH);
        Disassembled our = ours.disassemble(code, offset, available, line.address());
        boolean theyKnow = !line.text().equals(Outsider.BAD);
        boolean weKnow = !our.text().equals(Disassembler.BAD);
        if (!theyKnow || !weKnow) {
            if (theyKnow != weKnow) {
                Map<String, Integer> only = weKnow ? onlyOurs : onlyTheirs;
                only.merge(mnemonic(weKnow ? our.text() : line.text()), 1, Integer::sum);
            }
            return;
        }
        known++;
        int length = Math.max(our.length(), line.length());
        String hex = HexFormat.of().formatHex(code, offset, Math.min(code.length, offset + length));
        if (our.length() != line.length()) {
            lengths.put(mnemonic(our.text()), hex + ": " + our.text() + " | " + line.text());
            return;
        }
        String mine = spelling.ours(our.text());
        String their = spelling.theirs(line.text());
        if (mine.equals(their)) {
            sameText++;
            return;
        }
        String mnemonics = mnemonic(mine) + " | " + mnemonic(their);
        Difference difference = differences.computeIfAbsent(mnemonics, k -> new Difference());
        difference.count++;
        difference.example = hex + ": " + mine + " | " + their;
    }

    /** Percentage of the instructions that both know which have the same text. */
    double identical() {
        return 100.0 * sameText / Math.max(known, 1);
    }

    /** Differences, the most frequent first. */
    String examples() {
        return differences.values().stream()
                .sorted((a, b) -> b.count - a.count)
                .map(difference -> difference.count + "  " + difference.example)
                .collect(Collectors.joining("\n"));
    }

    @Override
    public String toString() {
        return "%s: %d instructions, %.3f %% with the same text; only it knows %d, only we know %d"
                .formatted(outsider, known, identical(), sum(onlyTheirs), sum(onlyOurs));
    }

    private static int sum(Map<String, Integer> counts) {
        return counts.values().stream().mapToInt(Integer::intValue).sum();
    }

    private static String mnemonic(String text) {
        int space = text.indexOf(' ');
        return space < 0 ? text : text.substring(0, space);
    }
}
