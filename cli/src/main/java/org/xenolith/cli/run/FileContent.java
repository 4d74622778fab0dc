package org.xenolith.cli.run;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads files that go into a guest's memory. */
public final class FileContent {
    /** The longest array that every JVM can make. */
    private static final int MAX_ARRAY = Integer.MAX_VALUE - 8;

    private FileContent() {}

    /**
     * Reads a file, but no more than can fit: it may be a device or a pipe without an end.
     *
     * @param what what the file is for, such as {@code ramdisk}
     * @param mebibytes the guest's memory
     * @param whose memory it is, for the message
     */
    public static byte[] read(String what, Path file, int mebibytes, String whose)
            throws RunException {
        int limit = (int) Math.min((long) mebibytes << 20, MAX_ARRAY);
        byte[] content;
        try (InputStream in = Files.newInputStream(file)) {
            content = in.readNBytes(limit);
        } catch (IOException | OutOfMemoryError e) {
            throw RunException.unusable(what + ": " + file + ": cannot be read");
        }
        if (content.length == limit) {
            throw RunException.unusable(
                    (what + ": " + file + ": larger than " + whose)
                            + (" " + mebibytes + " MiB of memory"));
        }
        return content;
    }
}
