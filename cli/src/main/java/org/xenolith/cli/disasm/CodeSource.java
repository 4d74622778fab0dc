package org.xenolith.cli.disasm;

import org.xenolith.cli.run.RunException;
import org.xenolith.cpu.disasm.CodeSize;
import org.xenolith.firmware.image.ElfImage;
import org.xenolith.firmware.image.ElfImage.Section;
import org.xenolith.firmware.image.ElfImage.Segment;
import org.xenolith.firmware.image.ImageException;
import org.xenolith.firmware.image.KernelImage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Finds code in what the user names. */
public final class CodeSource {
    private static final int SHF_EXECINSTR = 4;
    private static final int PF_X = 1;
    private static final int SETUP_HEADER = 0x202;
    private static final int LIMIT = KernelImage.SIZE_LIMIT;

    private CodeSource() {}

    /**
     * Reads a file.
     *
     * @throws RunException if it cannot be read
     */
    public static byte[] file(Path path) throws RunException {
        if (Files.isDirectory(path)) {
            throw RunException.unusable(path + ": it is a directory");
        }
        if (!Files.exists(path)) {
            throw RunException.unusable(path + ": no such file");
        }
        try (InputStream in = Files.newInputStream(path)) {
            return stream(in, path.toString());
        } catch (IOException e) {
            throw RunException.unusable(path + ": cannot be read");
        }
    }

    /**
     * Reads to the end.
     *
     * @param name what messages call it
     * @throws RunException if it cannot be read
     */
    public static byte[] stream(InputStream in, String name) throws RunException {
        try {
            byte[] bytes = in.readNBytes(LIMIT);
            if (in.read() >= 0) {
                throw RunException.unusable(name + ": larger than " + (LIMIT >> 20) + " MiB");
            }
            return bytes;
        } catch (IOException | OutOfMemoryError e) {
            throw RunException.unusable(name + ": cannot be read");
        }
    }

    /**
     * The bytes that hex text stands for: two digits each; {@code 0x}, {@code \x}, white space,
     * commas and colons may stand between them.
     *
     * @throws RunException if it is none
     */
    public static byte[] hex(String text) throws RunException {
        String digits = text.replaceAll("0[xX]|\\\\x|[\\s,:]", "");
        try {
            return HexFormat.of().parseHex(digits);
        } catch (IllegalArgumentException e) {
            String shown = text.strip();
            throw RunException.unusable(
                    "'%s' is no hex text: give pairs of hexadecimal digits"
                            .formatted(shown.length() > 40 ? shown.substring(0, 40) : shown));
        }
    }

    /**
     * Bytes as raw code.
     *
     * @throws RunException if the range holds none
     */
    public static List<CodePart> raw(byte[] bytes, String name, CodeRange range)
            throws RunException {
        CodePart all =
                new CodePart("", bytes, 0, bytes.length, 0, CodeSize.BITS_64)
                        .cut(range.offset(), range.end());
        long address = range.base().orElse(all.address());
        CodePart part = new CodePart("", bytes, all.offset(), all.length(), address, all.size());
        return nonEmpty(List.of(part), name);
    }

    /**
     * The code in an ELF file, or in the kernel inside of a bzImage; anything else is raw. The
     * range counts in the ELF file.
     *
     * @throws RunException if it holds no code in that range
     * @throws ImageException if the image is damaged
     */
    public static List<CodePart> image(byte[] bytes, String name, CodeRange range)
            throws RunException, ImageException {
        if (!isElf(bytes) && !isBzImage(bytes)) {
            return raw(bytes, name, range);
        }
        ElfImage elf =
                KernelImage.parse(bytes, name)
                        .payload()
                        .orElseThrow(
                                () ->
                                        RunException.unusable(
                                                name
                                                        + ": a bzImage without an ELF kernel in it;"
                                                        + " --raw takes its bytes as code"));
        if (range.base().isPresent()) {
            throw RunException.unusable(
                    "--base is for raw code; " + name + " says itself where its code lies");
        }
        List<CodePart> parts = new ArrayList<>();
        for (CodePart part : executable(elf)) {
            parts.add(part.cut(range.offset(), range.end()));
        }
        return nonEmpty(parts, name);
    }

    private static List<CodePart> nonEmpty(List<CodePart> parts, String name) throws RunException {
        List<CodePart> some = parts.stream().filter(part -> part.length() > 0).toList();
        if (some.isEmpty()) {
            throw RunException.unusable(name + ": no code there");
        }
        return some;
    }

    private static List<CodePart> executable(ElfImage elf) {
        byte[] bytes = new byte[elf.size()];
        elf.copyTo(0, bytes, 0, bytes.length);
        List<CodePart> parts = new ArrayList<>();
        CodeSize size = elf.is64Bit() ? CodeSize.BITS_64 : CodeSize.BITS_32;
        for (Section section : elf.sections()) {
            boolean content = section.type() != 0 && section.type() != Section.SHT_NOBITS;
            if ((section.flags() & SHF_EXECINSTR) != 0 && content) {
                parts.add(
                        new CodePart(
                                "section " + section.name(),
                                bytes,
                                (int) section.offset(),
                                (int) section.size(),
                                section.addr(),
                                size));
            }
        }
        if (!parts.isEmpty()) {
            return parts;
        }
        for (Segment segment : elf.loadSegments()) {
            if ((segment.flags() & PF_X) != 0) {
                parts.add(
                        new CodePart(
                                "segment at 0x" + Long.toHexString(segment.vaddr()),
                                bytes,
                                (int) segment.offset(),
                                (int) segment.filesz(),
                                segment.vaddr(),
                                size));
            }
        }
        return parts;
    }

    private static boolean isElf(byte[] bytes) {
        return startsWith(bytes, 0, "\u007fELF");
    }

    private static boolean isBzImage(byte[] bytes) {
        return startsWith(bytes, SETUP_HEADER, "HdrS");
    }

    private static boolean startsWith(byte[] bytes, int at, String text) {
        for (int i = 0; i < text.length(); i++) {
            if (at + i >= bytes.length || bytes[at + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
