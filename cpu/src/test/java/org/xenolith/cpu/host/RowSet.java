package org.xenolith.cpu.host;

import org.xenolith.cpu.decode.Opcode;
import org.xenolith.cpu.decode.OpcodeTable;

import java.util.BitSet;
import java.util.function.Predicate;

/** Rows of the opcode table that have something in common, looked for only once. */
final class RowSet {
    private final BitSet ids = new BitSet();

    private RowSet(Predicate<Opcode> belongs) {
        for (Opcode row : OpcodeTable.get().rows()) {
            ids.set(row.id(), belongs.test(row));
        }
    }

    /** The rows for which something holds. */
    static RowSet where(Predicate<Opcode> belongs) {
        return new RowSet(belongs);
    }

    /** The rows with a mnemonic that matches a regular expression. */
    static RowSet named(String expression) {
        return where(row -> row.mnemonic().matches(expression));
    }

    boolean contains(Opcode row) {
        return ids.get(row.id());
    }
}
