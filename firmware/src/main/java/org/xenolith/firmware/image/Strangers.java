package org.xenolith.firmware.image;

/** Names what users give by mistake for a kernel. */
final class Strangers {
    private Strangers() {}

    /** What the bytes are, as the middle of a sentence in a message. */
    static String describe(byte[] file) {
        String start = Text.ascii(file, 0, Math.min(file.length, 8));
        if (start.startsWith("07070")) {
            return "it is a cpio archive (a ramdisk?), not a kernel";
        }
        if (start.startsWith("MZ")) {
            return "it is an EFI or DOS program, not a kernel for x86 with a setup header";
        }
        if (start.startsWith("#!")) {
            return "it is a script, not a kernel";
        }
        return "it is of no known kernel format";
    }
}
