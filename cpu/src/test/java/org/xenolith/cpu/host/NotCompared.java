package org.xenolith.cpu.host;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The forms that the comparison leaves out: {@code not-compared.txt}. */
final class NotCompared {
    /**
     * One line of the list.
     *
     * @param mnemonic of the rows
     * @param forms which of them, as the list has it
     */
    record Line(String mnemonic, String forms, String reason) {
        boolean covers(Form form) {
            return form.row().mnemonic().equals(mnemonic)
                    && switch (forms) {
                        case "*" -> true;
                        case "near66" ->
                                form.row().force64() && form.bits() == 64 && form.operandPrefix();
                        default -> form.wide() && !form.row().force64() && form.memory();
                    };
        }
    }

    private static final List<Line> LINES = read();

    private NotCompared() {}

    static List<Line> lines() {
        return LINES;
    }

    /** Whether a form is left out. */
    static boolean covers(Form form) {
        for (Line line : LINES) {
            if (line.covers(form)) {
                return true;
            }
        }
        return false;
    }

    private static List<Line> read() {
        List<Line> lines = new ArrayList<>();
        try (var in =
                new BufferedReader(
                        new InputStreamReader(
                                NotCompared.class.getResourceAsStream("not-compared.txt"),
                                StandardCharsets.US_ASCII))) {
            String text;
            while ((text = in.readLine()) != null) {
                if (text.isBlank() || text.startsWith("#")) {
                    continue;
                }
                String[] columns = text.split("\\s+", 3);
                if (columns.length < 3 || !columns[1].matches("\\*|near66|farW")) {
                    throw new IllegalStateException("not-compared.txt: " + text);
                }
                lines.add(new Line(columns[0], columns[1], columns[2]));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return lines;
    }
}
