package org.xenolith.firmware.image;

import java.nio.charset.StandardCharsets;

/** Text out of images: untrusted, and on its way to a terminal. */
final class Text {
    /** Longest text taken from an image, in characters. */
    private static final int LONGEST = 1024;

    private Text() {}

    /** The ASCII text in {@code data[from, to)} up to a NUL, unprintable bytes shown as '?'. */
    static String ascii(byte[] data, int from, int to) {
        int end = from;
        while (end < to && end - from < LONGEST && data[end] != 0) {
            end++;
        }
        return oneLine(new String(data, from, end - from, StandardCharsets.ISO_8859_1));
    }

    /** The text with everything that could disturb a line or a terminal shown as '?'. */
    static String oneLine(String text) {
        StringBuilder line = new StringBuilder(text.length());
        text.codePoints()
                .map(c -> c < ' ' || c >= 0x7f && c < 0xa0 || !Character.isDefined(c) ? '?' : c)
                .forEach(line::appendCodePoint);
        return line.toString();
    }
}
