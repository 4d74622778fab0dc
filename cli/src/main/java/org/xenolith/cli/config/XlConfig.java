package org.xenolith.cli.config;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The assignments of an xl.cfg file, with the overrides of the command line. */
public final class XlConfig {
    private static final int MAX_FILE_BYTES = 1 << 20;

    private final String source;
    private final Map<String, XlValue> values;

    private XlConfig(String source, Map<String, XlValue> values) {
        this.source = source;
        this.values = values;
    }

    /** A configuration without a file. */
    public static XlConfig empty() {
        return new XlConfig("", new LinkedHashMap<>());
    }

    /** Reads a file in the syntax of xl.cfg(5). */
    public static XlConfig load(Path file) throws ConfigException {
        HostFiles.check("configuration", file);
        byte[] bytes;
        try (var in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_FILE_BYTES + 1);
        } catch (IOException e) {
            throw new ConfigException("configuration: " + file + ": cannot be read");
        }
        if (bytes.length > MAX_FILE_BYTES) {
            throw new ConfigException("configuration: " + file + ": larger than 1 MiB");
        }
        return parse(file.toString(), new String(bytes, StandardCharsets.UTF_8));
    }

    /** Parses text; {@code source} names it in messages. */
    static XlConfig parse(String source, String text) throws ConfigException {
        Map<String, XlValue> values = new LinkedHashMap<>();
        XlParser.parse(source, text, values);
        return new XlConfig(source, values);
    }

    /** True for an argument that is a {@code key=value} override and not the name of a file. */
    public static boolean isOverride(String argument) {
        return argument.matches("(?s)[A-Za-z_][A-Za-z0-9_.]*\\s*\\+?=.*");
    }

    /**
     * This configuration with {@code key=value} arguments applied in their order. The value may be
     * a bare word, a number, a quoted string, or a list.
     */
    public XlConfig with(List<String> overrides) throws ConfigException {
        Map<String, XlValue> changed = new LinkedHashMap<>(values);
        for (String override : overrides) {
            XlParser.parseOverride(override, changed);
        }
        return new XlConfig(source, changed);
    }

    /** One line for every key that has no effect: those not supported yet, and those unknown. */
    public List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        values.forEach(
                (key, value) -> {
                    if (XlKeys.NOT_SUPPORTED.contains(key)) {
                        warnings.add(place(value) + ": '" + key + "' is not supported yet");
                    } else if (!XlKeys.SUPPORTED.contains(key)) {
                        warnings.add(place(value) + ": '" + key + "' is not a key of xl.cfg");
                    }
                });
        return warnings;
    }

    /** The text of a string or number, null when the key is not set. */
    String string(String key) throws ConfigException {
        return switch (values.get(key)) {
            case null -> null;
            case XlValue.Atom atom -> atom.text();
            case XlValue.Items items -> throw error(items, "'" + key + "' must not be a list");
        };
    }

    /** The strings of a list, none when the key is not set. */
    List<String> strings(String key) throws ConfigException {
        List<String> strings = new ArrayList<>();
        switch (values.get(key)) {
            case null -> {
                // no strings
            }
            case XlValue.Atom atom -> throw error(atom, "'" + key + "' must be a list");
            case XlValue.Items items -> {
                for (XlValue item : items.values()) {
                    if (!(item instanceof XlValue.Atom atom)) {
                        throw error(item, "'" + key + "' must be a list of strings");
                    }
                    strings.add(atom.text());
                }
            }
        }
        return strings;
    }

    /** A number from 0 to 2^63-1, null when the key is not set. */
    Long number(String key) throws ConfigException {
        String text = string(key);
        if (text == null) {
            return null;
        }
        Long number = parseNumber(text);
        if (number == null) {
            throw error(key, "'" + key + "' must be a number, not '" + text + "'");
        }
        return number;
    }

    /** An error that names where {@code key} was set. */
    ConfigException error(String key, String message) {
        return error(values.get(key), message);
    }

    private ConfigException error(XlValue value, String message) {
        return new ConfigException(place(value) + ": " + message);
    }

    private String place(XlValue value) {
        return value.line() == 0 ? "command line" : place(source, value.line());
    }

    static String place(String source, int line) {
        return line == 0 ? source : source + ":" + line;
    }

    /**
     * Decimal, hexadecimal after {@code 0x}, octal after {@code 0}, as C writes them; null for
     * anything else and for numbers of more than 63 bits.
     */
    static Long parseNumber(String text) {
        int radix = 10;
        String digits = text;
        if (text.startsWith("0x") || text.startsWith("0X")) {
            radix = 16;
            digits = text.substring(2);
        } else if (text.length() > 1 && text.startsWith("0")) {
            radix = 8;
            digits = text.substring(1);
        }
        if (digits.isEmpty() || digits.length() > 64) {
            return null;
        }
        for (int i = 0; i < digits.length(); i++) {
            char c = digits.charAt(i);
            if (c > 'f' || Character.digit(c, radix) < 0) {
                return null;
            }
        }
        BigInteger number = new BigInteger(digits, radix);
        return number.bitLength() < Long.SIZE ? number.longValue() : null;
    }
}
