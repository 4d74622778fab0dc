package org.xenolith.cli.disasm;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import org.xenolith.testroms.TestRoms;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.zip.GZIPInputStream;

/** Code that was written for other purposes than this test. */
final class RealCode {
    private static final CodeRange ALL =
            new CodeRange(0, OptionalLong.empty(), OptionalLong.empty());
    private static final int CPIO_HEADER = 110;

    private RealCode() {}

    /** All test ROMs. */
    static List<CodePart> roms() throws Exception {
        List<CodePart> parts = new ArrayList<>();
        for (String name : TestRoms.names()) {
            parts.addAll(CodeSource.image(TestRoms.image(name), name, ALL));
        }
        return parts;
    }

    /**
     * The first {@code limit} bytes of the text of Debian's cloud kernel, or the test is skipped.
     */
    static List<CodePart> kernel(int limit) throws Exception {
        byte[] file = Files.readAllBytes(guest("vmlinuz-cloud"));
        CodePart text = CodeSource.image(file, "vmlinuz-cloud", ALL).getFirst();
        return List.of(text.cut(text.offset(), text.offset() + limit));
    }

    /**
     * The first {@code limit} bytes of the code of the ramdisk's busybox, or the test is skipped.
     */
    static List<CodePart> busybox(int limit) throws Exception {
        byte[] file = cpioFile(Files.readAllBytes(guest("initrd.cpio.gz")), "bin/busybox");
        for (CodePart part : CodeSource.image(file, "busybox", ALL)) {
            if (part.title().endsWith(".text")) {
                return List.of(part.cut(part.offset(), part.offset() + limit));
            }
        }
        return fail("busybox has no section .text");
    }

    /** A file in an archive of the format "newc", whose header is numbers of eight hex digits. */
    private static byte[] cpioFile(byte[] archive, String wanted) throws IOException {
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(archive))) {
            while (true) {
                String header = new String(in.readNBytes(CPIO_HEADER), StandardCharsets.US_ASCII);
                int size = Integer.parseInt(header.substring(54, 62), 16);
                int nameSize = Integer.parseInt(header.substring(94, 102), 16);
                int padded = (CPIO_HEADER + nameSize + 3 & ~3) - CPIO_HEADER;
                String name = new String(in.readNBytes(padded), StandardCharsets.US_ASCII);
                byte[] content = in.readNBytes(size + 3 & ~3);
                if (name.startsWith(wanted + "\0")) {
                    return content;
                }
                if (name.startsWith("TRAILER!!!")) {
                    return fail("no " + wanted + " in the ramdisk");
                }
            }
        }
    }

    private static Path guest(String name) {
        Path path = Path.of(System.getProperty("xenolith.root", ".."), "guests", name);
        if (!Files.isReadable(path)) {
            String message = path + " is missing: run scripts/fetch-guests";
            if ("require".equals(System.getProperty("xenolith.guests"))) {
                fail(message);
            }
            abort(message);
        }
        return path;
    }
}
