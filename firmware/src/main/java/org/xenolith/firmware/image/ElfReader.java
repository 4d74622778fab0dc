package org.xenolith.firmware.image;

import org.xenolith.firmware.image.ElfImage.Section;
import org.xenolith.firmware.image.ElfImage.Segment;

import java.util.ArrayList;
import java.util.List;

/** Reads and checks ELF headers (System V ABI, chapter 4: "Object Files"). */
final class ElfReader {
    private static final int EI_CLASS = 4;
    private static final int EI_DATA = 5;
    private static final int ELFCLASS32 = 1;
    private static final int ELFCLASS64 = 2;
    private static final int ELFDATA2LSB = 1;
    private static final int ET_EXEC = 2;
    private static final int ET_DYN = 3;

    private static final int MOST_PROGRAM_HEADERS = 1024;
    private static final String GIVE_X86 = "give a kernel built for x86";

    private final ImageBytes in;
    private final String name;
    private boolean wide;

    private ElfReader(ImageBytes in) {
        this.in = in;
        this.name = in.name();
    }

    static boolean isElf(byte[] data) {
        return data.length >= 4
                && data[0] == 0x7f
                && data[1] == 'E'
                && data[2] == 'L'
                && data[3] == 'F';
    }

    /** Reads a file that starts with the magic number of ELF. */
    static ElfImage read(byte[] file, String name) throws ImageException {
        return new ElfReader(new ImageBytes(file, name)).read();
    }

    private ElfImage read() throws ImageException {
        int fileClass = in.u8(EI_CLASS);
        if (fileClass != ELFCLASS32 && fileClass != ELFCLASS64) {
            throw ImageException.damaged(name, "its ELF class " + fileClass + " is unknown");
        }
        wide = fileClass == ELFCLASS64;
        if (in.u8(EI_DATA) != ELFDATA2LSB) {
            throw new ImageException(name, "it is a big-endian ELF file", GIVE_X86);
        }
        int type = in.u16(16);
        int machine = in.u16(18);
        if (machine != (wide ? ElfImage.EM_X86_64 : ElfImage.EM_386)) {
            throw new ImageException(
                    name,
                    "it is a " + (wide ? 64 : 32) + "-bit ELF file for machine " + machine,
                    GIVE_X86);
        }
        if (type != ET_EXEC && type != ET_DYN) {
            throw new ImageException(
                    name,
                    "it is an ELF file of type " + type + ", not an executable",
                    "give a linked kernel (bzImage or vmlinux)");
        }
        List<Segment> segments = readSegments();
        if (segments.stream().noneMatch(Segment::loadable)) {
            throw new ImageException(
                    name, "it is an ELF file with nothing to load", "give a linked kernel");
        }
        return new ElfImage(in.data(), wide, in.word(24, wide), segments, readSections());
    }

    private List<Segment> readSegments() throws ImageException {
        long table = in.word(wide ? 32 : 28, wide);
        int entrySize = in.u16(wide ? 54 : 42);
        int count = in.u16(wide ? 56 : 44);
        if (count > MOST_PROGRAM_HEADERS || count > 0 && entrySize < (wide ? 56 : 32)) {
            throw ImageException.damaged(
                    name, "it claims " + count + " program headers of " + entrySize + " bytes");
        }
        in.require(table, (long) count * entrySize, "its program headers");
        List<Segment> segments = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            Segment segment = readSegment(table + (long) i * entrySize);
            if (segment.loadable()) {
                checkLoadable(segment);
            }
            segments.add(segment);
        }
        return segments;
    }

    private Segment readSegment(long at) throws ImageException {
        int type = (int) in.u32(at);
        if (wide) {
            return new Segment(
                    type,
                    (int) in.u32(at + 4),
                    in.u64(at + 8),
                    in.u64(at + 16),
                    in.u64(at + 24),
                    in.u64(at + 32),
                    in.u64(at + 40),
                    in.u64(at + 48));
        }
        return new Segment(
                type,
                (int) in.u32(at + 24),
                in.u32(at + 4),
                in.u32(at + 8),
                in.u32(at + 12),
                in.u32(at + 16),
                in.u32(at + 20),
                in.u32(at + 28));
    }

    private void checkLoadable(Segment segment) throws ImageException {
        in.require(segment.offset(), segment.filesz(), "the end of a segment to load");
        if (Long.compareUnsigned(segment.memsz(), segment.filesz()) < 0) {
            throw ImageException.damaged(name, "a segment is larger in the file than in memory");
        }
        long end = segment.paddr() + segment.memsz();
        if (Long.compareUnsigned(end, segment.paddr()) < 0) {
            throw ImageException.damaged(name, "a segment wraps around the end of the addresses");
        }
    }

    private List<Section> readSections() throws ImageException {
        long table = in.word(wide ? 40 : 32, wide);
        int entrySize = in.u16(wide ? 58 : 46);
        int count = in.u16(wide ? 60 : 48);
        int names = in.u16(wide ? 62 : 50);
        if (table == 0 || count == 0) {
            return List.of();
        }
        if (entrySize < (wide ? 64 : 40)) {
            throw ImageException.damaged(
                    name, "it claims section headers of " + entrySize + " bytes");
        }
        in.require(table, (long) count * entrySize, "its section headers");
        long namesAt = 0;
        long namesSize = 0;
        if (names < count) {
            Section strings = readSection(table + (long) names * entrySize, 0, 0);
            namesAt = strings.offset();
            namesSize = strings.size();
            in.require(namesAt, namesSize, "the names of its sections");
        }
        List<Section> sections = new ArrayList<>(count);
        for (int i = 1; i < count; i++) {
            Section section = readSection(table + (long) i * entrySize, namesAt, namesSize);
            if (section.type() != 0 && section.type() != Section.SHT_NOBITS) {
                in.require(section.offset(), section.size(), "the end of a section");
            }
            sections.add(section);
        }
        return sections;
    }

    private Section readSection(long at, long namesAt, long namesSize) throws ImageException {
        long nameIndex = in.u32(at);
        String sectionName = "";
        if (nameIndex < namesSize) {
            int from = (int) (namesAt + nameIndex);
            sectionName = Text.ascii(in.data(), from, (int) (namesAt + namesSize));
        }
        int type = (int) in.u32(at + 4);
        if (wide) {
            return new Section(
                    sectionName,
                    type,
                    in.u64(at + 8),
                    in.u64(at + 16),
                    in.u64(at + 24),
                    in.u64(at + 32));
        }
        return new Section(
                sectionName,
                type,
                in.u32(at + 8),
                in.u32(at + 12),
                in.u32(at + 16),
                in.u32(at + 20));
    }
}
