package org.xenolith.cli.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Reads the syntax of xl.cfg(5): assignments {@code key = value} or {@code key += value}, ended by
 * a new line or {@code ;}, where a value is a string in single or double quotes, a number, or a
 * list in brackets, which may go over several lines. {@code #} starts a comment.
 */
final class XlParser {
    /** Lists in lists in lists: deeper than this no real configuration goes. */
    private static final int MAX_DEPTH = 16;

    private static final char END = '\0';

    private final String source;
    private final String text;
    private int at;
    private int line;

    private XlParser(String source, String text, int line) {
        this.source = source;
        this.text = text;
        this.line = line;
    }

    /** Adds the assignments in {@code text} to {@code values}; later ones replace earlier ones. */
    static void parse(String source, String text, Map<String, XlValue> values)
            throws ConfigException {
        int nul = text.indexOf(END);
        XlParser parser = new XlParser(source, text, 1);
        if (nul >= 0) {
            parser.line = 1 + (int) text.substring(0, nul).chars().filter(c -> c == '\n').count();
            throw parser.error("a NUL character; is this a text file?");
        }
        parser.assignments(values);
    }

    /**
     * Adds one {@code key=value} argument of the command line. The value may be written as in a
     * file; anything that starts with neither a quote nor a bracket is taken as it is.
     */
    static void parseOverride(String argument, Map<String, XlValue> values) throws ConfigException {
        XlParser parser = new XlParser("'" + argument + "'", argument, 0);
        String key = parser.key();
        boolean append = parser.assignmentSign();
        parser.skipBlanks();
        char first = parser.peek();
        XlValue value;
        if (first == '"' || first == '\'' || first == '[') {
            value = parser.value(0);
            parser.skipBlanks();
            if (parser.peek() != END) {
                throw parser.error("unexpected " + parser.found() + " after the value");
            }
        } else {
            value = new XlValue.Atom(argument.substring(parser.at).strip(), 0);
        }
        parser.store(values, key, append, value);
    }

    private void assignments(Map<String, XlValue> values) throws ConfigException {
        while (true) {
            skipBlanks();
            switch (peek()) {
                case END -> {
                    return;
                }
                case '\n', ';' -> next();
                default -> assignment(values);
            }
        }
    }

    private void assignment(Map<String, XlValue> values) throws ConfigException {
        String key = key();
        boolean append = assignmentSign();
        skipBlanks();
        XlValue value = value(0);
        skipBlanks();
        char end = peek();
        if (end != '\n' && end != ';' && end != END) {
            throw error("expected the end of the line, found " + found());
        }
        store(values, key, append, value);
    }

    private void store(Map<String, XlValue> values, String key, boolean append, XlValue value)
            throws ConfigException {
        XlValue old = values.get(key);
        if (append && old != null) {
            value = XlValue.join(old, value);
            if (value == null) {
                throw error("'" + key + " +=' needs two strings or two lists");
            }
        }
        values.put(key, value);
    }

    private String key() throws ConfigException {
        int start = at;
        if (isLetter(peek())) {
            while (isLetter(peek()) || isDigit(peek()) || peek() == '.') {
                at++;
            }
        }
        if (at == start) {
            throw error("expected a key, found " + found());
        }
        return text.substring(start, at);
    }

    /** Reads {@code =} or {@code +=}; true for the latter. */
    private boolean assignmentSign() throws ConfigException {
        skipBlanks();
        boolean append = peek() == '+' && at + 1 < text.length() && text.charAt(at + 1) == '=';
        if (append) {
            at++;
        }
        if (peek() != '=') {
            throw error("expected '=', found " + found());
        }
        at++;
        return append;
    }

    private XlValue value(int depth) throws ConfigException {
        char c = peek();
        if (c == '[') {
            return list(depth);
        }
        if (c == '"' || c == '\'') {
            return string();
        }
        if (isDigit(c)) {
            int start = at;
            while (isDigit(peek()) || isLetter(peek())) {
                at++;
            }
            String number = text.substring(start, at);
            if (XlConfig.parseNumber(number) == null) {
                throw error("'" + number + "' is not a number; strings need quotes");
            }
            return new XlValue.Atom(number, line);
        }
        throw error("expected a string in quotes, a number or a list, found " + found());
    }

    private XlValue list(int depth) throws ConfigException {
        if (depth == MAX_DEPTH) {
            throw error("lists are nested too deep");
        }
        int start = line;
        List<XlValue> values = new ArrayList<>();
        at++;
        skipBlanksAndLines();
        while (peek() != ']') {
            if (peek() == END) {
                throw error("the list that starts in line " + start + " has no ']'");
            }
            values.add(value(depth + 1));
            skipBlanksAndLines();
            if (peek() == ',') {
                at++;
                skipBlanksAndLines();
            } else if (peek() != ']' && peek() != END) {
                throw error("expected ',' or ']' in a list, found " + found());
            }
        }
        at++;
        return new XlValue.Items(values, start);
    }

    private XlValue string() throws ConfigException {
        char quote = text.charAt(at++);
        StringBuilder characters = new StringBuilder();
        while (true) {
            char c = peek();
            if (c == END || c == '\n') {
                throw error("a string does not end on its line");
            }
            at++;
            if (c == quote) {
                return new XlValue.Atom(characters.toString(), line);
            }
            characters.append(c == '\\' ? escape() : c);
        }
    }

    private char escape() throws ConfigException {
        char c = peek();
        at++;
        return switch (c) {
            case '"', '\'', '\\' -> c;
            case 'a' -> '\007';
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'v' -> '\013';
            case 'x' -> code(16, 2, 2);
            case '0', '1', '2', '3', '4', '5', '6', '7' -> {
                at--;
                yield code(8, 1, 3);
            }
            default -> {
                at--;
                throw error("unknown escape after '\\' in a string: " + found());
            }
        };
    }

    private char code(int radix, int minDigits, int maxDigits) throws ConfigException {
        int code = 0;
        int digits = 0;
        while (digits < maxDigits && Character.digit(peek(), radix) >= 0) {
            code = code * radix + Character.digit(peek(), radix);
            at++;
            digits++;
        }
        if (digits < minDigits) {
            throw error("expected a digit in an escape, found " + found());
        }
        if (code == 0 || code > 0xff) {
            throw error("an escape must stand for a character from 1 to 255");
        }
        return (char) code;
    }

    private void skipBlanks() {
        while (peek() == ' ' || peek() == '\t' || peek() == '\r') {
            at++;
        }
        if (peek() == '#') {
            while (peek() != '\n' && peek() != END) {
                at++;
            }
        }
    }

    private void skipBlanksAndLines() {
        skipBlanks();
        while (peek() == '\n') {
            next();
            skipBlanks();
        }
    }

    private void next() {
        if (text.charAt(at++) == '\n') {
            line++;
        }
    }

    private char peek() {
        return at < text.length() ? text.charAt(at) : END;
    }

    /** The next word, for messages. */
    private String found() {
        int end = at;
        while (end < text.length() && end - at < 20 && text.charAt(end) > ' ') {
            end++;
        }
        if (end > at) {
            return "'" + text.substring(at, end) + "'";
        }
        return at < text.length() ? "the end of the line" : "the end of the text";
    }

    private ConfigException error(String message) {
        return new ConfigException(XlConfig.place(source, line) + ": " + message);
    }

    private static boolean isLetter(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
