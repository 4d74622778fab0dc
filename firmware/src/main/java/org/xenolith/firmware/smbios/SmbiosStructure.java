package org.xenolith.firmware.smbios;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One structure (DSP0134, chapter 6.1): a header of type, length and handle, fields, and strings
 * that fields name by number, from 1. Fields that are read from behind the end are zero.
 */
public final class SmbiosStructure {
    static final int HEADER_SIZE = 4;

    /** Type of the structure that ends a table. */
    static final int END = 127;

    /** The first type of which only the OEM knows the meaning. */
    static final int FIRST_OEM = 128;

    private final byte[] formatted;
    private final List<String> strings;

    private SmbiosStructure(byte[] formatted, List<String> strings) {
        this.formatted = formatted;
        this.strings = List.copyOf(strings);
    }

    /** What a structure is, 0 to 255; 127 ends a table, OEMs have those from 128. */
    public int type() {
        return u8(0);
    }

    /** Its length without its strings, bytes, 4 to 255. */
    public int length() {
        return u8(1);
    }

    /** Its number, by which others name it. */
    public int handle() {
        return u16(2);
    }

    /** Its strings, of characters 1 to 255 each. */
    public List<String> strings() {
        return strings;
    }

    /** Whether there is a field of a size at an offset. */
    boolean has(int offset, int size) {
        return offset + size <= formatted.length;
    }

    int u8(int offset) {
        return has(offset, 1) ? formatted[offset] & 0xff : 0;
    }

    int u16(int offset) {
        return u8(offset) | u8(offset + 1) << 8;
    }

    long u32(int offset) {
        return u16(offset) | (long) u16(offset + 2) << 16;
    }

    byte[] bytes(int offset, int length) {
        return Arrays.copyOfRange(formatted, offset, offset + length);
    }

    /** The string that the field at an offset names; null for number 0 or one that is not there. */
    String string(int offset) {
        int number = u8(offset);
        return number == 0 || number > strings.size() ? null : strings.get(number - 1);
    }

    /** The same structure with another handle. */
    SmbiosStructure withHandle(int handle) {
        byte[] copy = formatted.clone();
        ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN).putShort(2, (short) handle);
        return new SmbiosStructure(copy, strings);
    }

    /** The structure with its strings and the zeros that end them. */
    byte[] toBytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(formatted);
        for (String text : strings) {
            out.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
            out.write(0);
        }
        if (strings.isEmpty()) {
            out.write(0);
        }
        out.write(0);
        return out.toByteArray();
    }

    /**
     * Reads a structure.
     *
     * @param bytes at its position is the structure; afterwards, what follows it
     * @throws SmbiosException if it is shorter than its header, or does not end
     */
    static SmbiosStructure read(ByteBuffer bytes) throws SmbiosException {
        if (bytes.remaining() < HEADER_SIZE) {
            throw new SmbiosException(
                    "a structure of " + bytes.remaining() + " bytes is shorter than its header");
        }
        int length = bytes.get(bytes.position() + 1) & 0xff;
        if (length < HEADER_SIZE || length > bytes.remaining()) {
            throw new SmbiosException(
                    "a structure claims %d bytes, where there are %d"
                            .formatted(length, bytes.remaining()));
        }
        byte[] formatted = new byte[length];
        bytes.get(formatted);
        return new SmbiosStructure(formatted, readStrings(bytes));
    }

    private static List<String> readStrings(ByteBuffer bytes) throws SmbiosException {
        List<String> strings = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        while (bytes.hasRemaining()) {
            int c = bytes.get() & 0xff;
            if (c != 0) {
                text.append((char) c);
            } else if (!text.isEmpty()) {
                strings.add(text.toString());
                text.setLength(0);
            } else {
                // Without strings, two zeros stand behind the fields.
                if (strings.isEmpty() && (!bytes.hasRemaining() || bytes.get() != 0)) {
                    break;
                }
                return strings;
            }
        }
        throw new SmbiosException("the strings of a structure do not end");
    }

    /** Puts a structure together, field after field. */
    static final class Builder {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();
        private final List<String> strings = new ArrayList<>();

        Builder(int type, int handle) {
            u8(type).u8(0).u16(handle);
        }

        Builder u8(int... values) {
            for (int value : values) {
                out.write(value);
            }
            return this;
        }

        Builder u16(int... values) {
            for (int value : values) {
                u8(value & 0xff, value >> 8 & 0xff);
            }
            return this;
        }

        Builder u32(long... values) {
            for (long value : values) {
                u16((int) value & 0xffff, (int) (value >>> 16) & 0xffff);
            }
            return this;
        }

        Builder bytes(byte[] bytes) {
            out.writeBytes(bytes);
            return this;
        }

        /** A field that names a string, or none for null. */
        Builder string(String text) {
            return u8(text == null ? 0 : add(text));
        }

        /** Adds a string that no field names; returns its number. */
        int add(String text) {
            strings.add(text);
            return strings.size();
        }

        /** Whether any string has been added. */
        boolean hasStrings() {
            return !strings.isEmpty();
        }

        SmbiosStructure build() {
            byte[] formatted = out.toByteArray();
            formatted[1] = (byte) formatted.length;
            return new SmbiosStructure(formatted, strings);
        }
    }
}
