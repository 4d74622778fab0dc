package org.xenolith.cpu.disasm;

/** The names of registers by number. */
final class RegisterNames {
    private static final String[] LOW = {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di"};
    private static final String[] BYTE = {"al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil"};
    private static final String[] LEGACY_BYTE = {"al", "cl", "dl", "bl", "ah", "ch", "dh", "bh"};
    private static final String[] SEGMENT = {"es", "cs", "ss", "ds", "fs", "gs", "?", "?"};

    private RegisterNames() {}

    /**
     * A general register.
     *
     * @param number 0 to 15
     * @param bytes 1, 2, 4 or 8
     * @param rex the instruction has a REX prefix, so that no AH, CH, DH or BH exists
     */
    static String general(int number, int bytes, boolean rex) {
        if (number >= 8) {
            return "r"
                    + number
                    + switch (bytes) {
                        case 1 -> "b";
                        case 2 -> "w";
                        case 4 -> "d";
                        default -> "";
                    };
        }
        return switch (bytes) {
            case 1 -> rex ? BYTE[number] : LEGACY_BYTE[number];
            case 2 -> LOW[number];
            case 4 -> "e" + LOW[number];
            default -> "r" + LOW[number];
        };
    }

    /** A segment register; 6 and 7 are none. */
    static String segment(int number) {
        return SEGMENT[number & 7];
    }
}
