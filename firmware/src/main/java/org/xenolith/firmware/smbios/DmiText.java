package org.xenolith.firmware.smbios;

import java.util.ArrayList;
import java.util.List;

/** Tables as text, with the labels and the layout of dmidecode 3.4. */
public final class DmiText {
    private static final int BYTES_A_LINE = 16;

    private final StringBuilder out = new StringBuilder();

    private DmiText() {}

    /** All structures, each with a line of its handle, type and size before it. */
    public static String of(SmbiosReader.Tables tables) {
        DmiText text = new DmiText();
        text.line("SMBIOS %d.%d present.".formatted(tables.major(), tables.minor()));
        text.line(
                "%d structures occupying %d bytes."
                        .formatted(tables.structures().size(), tables.length()));
        text.line("");
        for (SmbiosStructure structure : tables.structures()) {
            text.line(
                    "Handle 0x%04X, DMI type %d, %d bytes"
                            .formatted(structure.handle(), structure.type(), structure.length()));
            text.structure(structure);
            text.line("");
        }
        return text.out.toString();
    }

    private void structure(SmbiosStructure s) {
        switch (s.type()) {
            case SystemStructures.BIOS -> DmiSystem.bios(s, this);
            case SystemStructures.SYSTEM -> DmiSystem.system(s, this);
            case SystemStructures.BOARD -> DmiSystem.board(s, this);
            case SystemStructures.ENCLOSURE -> DmiSystem.enclosure(s, this);
            case 4 -> DmiHardware.processor(s, this);
            case SystemStructures.OEM_STRINGS -> DmiSystem.oemStrings(s, this);
            case 16 -> DmiHardware.array(s, this);
            case 17 -> DmiHardware.device(s, this);
            case 19 -> DmiHardware.arrayAddress(s, this);
            case 20 -> DmiHardware.deviceAddress(s, this);
            case SystemStructures.BATTERY -> DmiHardware.battery(s, this);
            case 32 -> DmiSystem.bootStatus(s, this);
            case 39 -> DmiHardware.powerSupply(s, this);
            case SmbiosStructure.END -> line("End Of Table");
            default -> raw(s);
        }
    }

    /** A structure of a type whose fields are not known. */
    private void raw(SmbiosStructure s) {
        line(s.type() >= SmbiosStructure.FIRST_OEM ? "OEM-specific Type" : "Unknown Type");
        line("\tHeader and Data:");
        for (int from = 0; from < s.length(); from += BYTES_A_LINE) {
            List<String> bytes = new ArrayList<>();
            for (int at = from; at < Math.min(from + BYTES_A_LINE, s.length()); at++) {
                bytes.add("%02X".formatted(s.u8(at)));
            }
            line("\t\t" + String.join(" ", bytes));
        }
        if (!s.strings().isEmpty()) {
            list("Strings", s.strings().stream().map(DmiText::printable).toList());
        }
    }

    void line(String line) {
        out.append(line.stripTrailing()).append('\n');
    }

    /** A field, one tab in. */
    void field(String label, Object value) {
        out.append('\t').append(label).append(": ").append(value).append('\n');
    }

    /** A field that names a string, if the structure is long enough to have it. */
    void string(SmbiosStructure s, String label, int offset) {
        if (s.has(offset, 1)) {
            field(label, stringOf(s, offset));
        }
    }

    /** A label with items below. */
    void list(String label, List<String> items) {
        line("\t" + label + ":");
        items.forEach(item -> line("\t\t" + item));
    }

    /** The string that a field names, as dmidecode shows it. */
    static String stringOf(SmbiosStructure s, int offset) {
        String text = s.string(offset);
        if (text != null) {
            return printable(text);
        }
        return s.u8(offset) == 0 ? "Not Specified" : "<BAD INDEX>";
    }

    private static String printable(String text) {
        StringBuilder printable = new StringBuilder();
        text.chars().forEach(c -> printable.append(c >= ' ' && c <= '~' ? (char) c : '.'));
        return printable.toString();
    }

    /** The name of a code in a list that begins with code {@code first}. */
    static String named(int code, int first, List<String> names) {
        boolean known = code >= first && code < first + names.size();
        return known ? names.get(code - first) : "<OUT OF SPEC>";
    }

    /** The names of the bits that are set, the first of the list for bit {@code first}. */
    static List<String> bits(long value, int first, List<String> names) {
        List<String> set = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            if ((value >>> first + i & 1) != 0) {
                set.add(names.get(i));
            }
        }
        return set;
    }

    static String handle(int handle) {
        return "0x%04X".formatted(handle);
    }

    /**
     * A size in its largest unit that divides it.
     *
     * @param bytes size
     */
    static String size(long bytes) {
        if (bytes == 0) {
            return "0 bytes";
        }
        String[] units = {"bytes", "kB", "MB", "GB", "TB"};
        int unit = Math.min(Long.numberOfTrailingZeros(bytes) / 10, units.length - 1);
        return (bytes >>> 10 * unit) + " " + units[unit];
    }
}
