package org.xenolith.firmware.acpi;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** Terms of the ACPI machine language (ACPI 6.4, chapter 20.2), each as its bytes. */
final class Aml {
    private static final int NAME_OP = 0x08;
    private static final int BYTE_PREFIX = 0x0a;
    private static final int WORD_PREFIX = 0x0b;
    private static final int DWORD_PREFIX = 0x0c;
    private static final int STRING_PREFIX = 0x0d;
    private static final int QWORD_PREFIX = 0x0e;
    private static final int SCOPE_OP = 0x10;
    private static final int BUFFER_OP = 0x11;
    private static final int PACKAGE_OP = 0x12;
    private static final int METHOD_OP = 0x14;
    private static final int ARGUMENT_0 = 0x68;
    private static final int STORE_OP = 0x70;
    private static final int IF_OP = 0xa0;
    private static final int RETURN_OP = 0xa4;
    private static final int EXTENDED_PREFIX = 0x5b;
    private static final int DEVICE_OP = 0x82;
    private static final int DUAL_NAME_PREFIX = 0x2e;
    private static final int MULTI_NAME_PREFIX = 0x2f;
    private static final int SEGMENT = 4;

    /** Longest length of a package that one byte holds, itself included. */
    private static final int SHORT_PACKAGE = 63;

    private Aml() {}

    static byte[] scope(String name, byte[]... terms) {
        return join(bytes(SCOPE_OP), sized(nameString(name), join(terms)));
    }

    static byte[] device(String name, byte[]... terms) {
        return join(bytes(EXTENDED_PREFIX, DEVICE_OP), sized(nameString(name), join(terms)));
    }

    static byte[] name(String name, byte[] value) {
        return join(bytes(NAME_OP), nameString(name), value);
    }

    /** A method, which is not serialized. */
    static byte[] method(String name, int arguments, byte[]... terms) {
        return join(bytes(METHOD_OP), sized(nameString(name), bytes(arguments), join(terms)));
    }

    /** Stores a method's first argument to an object. */
    static byte[] storeArgument(String target) {
        return join(bytes(STORE_OP, ARGUMENT_0), nameString(target));
    }

    /** What to do if an object is not zero. */
    static byte[] ifTrue(String object, byte[]... terms) {
        return join(bytes(IF_OP), sized(nameString(object), join(terms)));
    }

    /** Returns an object from a method. */
    static byte[] returnObject(String object) {
        return join(bytes(RETURN_OP), nameString(object));
    }

    /** A package of at most 255 elements. */
    static byte[] pack(byte[]... elements) {
        return join(bytes(PACKAGE_OP), sized(bytes(elements.length), join(elements)));
    }

    static byte[] buffer(byte[] content) {
        return join(bytes(BUFFER_OP), sized(integer(content.length), content));
    }

    /** An integer, unsigned, in its shortest form. */
    static byte[] integer(long value) {
        if (value == 0 || value == 1) {
            return bytes((int) value);
        }
        if (value >>> 8 == 0) {
            return bytes(BYTE_PREFIX, (int) value);
        }
        if (value >>> 16 == 0) {
            return SystemTable.little(3).put((byte) WORD_PREFIX).putShort((short) value).array();
        }
        if (value >>> 32 == 0) {
            return SystemTable.little(5).put((byte) DWORD_PREFIX).putInt((int) value).array();
        }
        return SystemTable.little(9).put((byte) QWORD_PREFIX).putLong(value).array();
    }

    static byte[] string(String text) {
        return join(bytes(STRING_PREFIX), SystemTable.ascii(text), bytes(0));
    }

    /** An EISA id such as PNP0A03: three letters of 5 bits, then four hexadecimal digits. */
    static byte[] eisaId(String id) {
        int letters = 0;
        for (int i = 0; i < 3; i++) {
            letters = letters << 5 | id.charAt(i) - '@';
        }
        int number = letters << 16 | Integer.parseInt(id.substring(3), 16);
        return integer(Integer.toUnsignedLong(Integer.reverseBytes(number)));
    }

    /** A path such as {@code \_SB.PCI0}, its segments filled up with '_'. */
    private static byte[] nameString(String path) {
        boolean root = path.startsWith("\\");
        String[] segments = (root ? path.substring(1) : path).split("\\.");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (root) {
            out.write('\\');
        }
        if (segments.length == 2) {
            out.write(DUAL_NAME_PREFIX);
        } else if (segments.length > 2) {
            out.write(MULTI_NAME_PREFIX);
            out.write(segments.length);
        }
        for (String segment : segments) {
            out.writeBytes(SystemTable.ascii(segment + "_".repeat(SEGMENT - segment.length())));
        }
        return out.toByteArray();
    }

    /** The parts behind their PkgLength, which counts itself. */
    private static byte[] sized(byte[]... parts) {
        byte[] content = join(parts);
        int size = content.length + 1;
        if (size <= SHORT_PACKAGE) {
            return join(bytes(size), content);
        }
        int following = 1;
        while (content.length + 1 + following >> 4 + 8 * following != 0) {
            following++;
        }
        size = content.length + 1 + following;
        byte[] length = new byte[1 + following];
        length[0] = (byte) (following << 6 | size & 0xf);
        for (int i = 0; i < following; i++) {
            length[1 + i] = (byte) (size >> 4 + 8 * i);
        }
        return join(length, content);
    }

    static byte[] join(byte[]... parts) {
        int size = 0;
        for (byte[] part : parts) {
            size += part.length;
        }
        ByteBuffer out = ByteBuffer.allocate(size);
        for (byte[] part : parts) {
            out.put(part);
        }
        return out.array();
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }
}
