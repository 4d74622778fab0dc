package org.xenolith.cli.config;

import java.util.ArrayList;
import java.util.List;

/** The right side of an assignment in xl.cfg. */
sealed interface XlValue {
    /** The line that it starts on, from 1; 0 for an argument of the command line. */
    int line();

    /**
     * A string or a number; xl does not distinguish them further than their notation.
     *
     * @param text the characters, without quotes and escapes
     */
    record Atom(String text, int line) implements XlValue {}

    /** A list, which may hold lists. */
    record Items(List<XlValue> values, int line) implements XlValue {
        public Items {
            values = List.copyOf(values);
        }
    }

    /**
     * What {@code +=} makes of two values: strings are joined, lists are joined. Returns null when
     * they are not of one kind.
     */
    static XlValue join(XlValue first, XlValue second) {
        if (first instanceof Atom a && second instanceof Atom b) {
            return new Atom(a.text() + b.text(), b.line());
        }
        if (first instanceof Items a && second instanceof Items b) {
            List<XlValue> values = new ArrayList<>(a.values());
            values.addAll(b.values());
            return new Items(values, b.line());
        }
        return null;
    }
}
