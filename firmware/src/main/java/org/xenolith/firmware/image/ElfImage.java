package org.xenolith.firmware.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * An ELF file for x86, 32 or 64 bit, little-endian (System V ABI, chapters 4 and 5). Every table,
 * loadable segment and section with content lies inside the file; that was checked when it was
 * read. Addresses are unsigned.
 */
public final class ElfImage {
    /** {@code e_machine} of 32-bit x86. */
    public static final int EM_386 = 3;

    /** {@code e_machine} of x86-64. */
    public static final int EM_X86_64 = 62;

    private final byte[] file;
    private final boolean wide;
    private final long entry;
    private final List<Segment> segments;
    private final List<Section> sections;

    ElfImage(
            byte[] file, boolean wide, long entry, List<Segment> segments, List<Section> sections) {
        this.file = file;
        this.wide = wide;
        this.entry = entry;
        this.segments = List.copyOf(segments);
        this.sections = List.copyOf(sections);
    }

    /**
     * A program header.
     *
     * @param type {@code p_type}
     * @param flags {@code p_flags}: 1 execute, 2 write, 4 read
     * @param offset of the content in the file
     * @param vaddr virtual address
     * @param paddr physical address
     * @param filesz bytes in the file
     * @param memsz bytes in memory; what the file lacks is zero
     * @param align {@code p_align}
     */
    public record Segment(
            int type,
            int flags,
            long offset,
            long vaddr,
            long paddr,
            long filesz,
            long memsz,
            long align) {
        /** A segment to load. */
        public static final int PT_LOAD = 1;

        /** A segment of notes. */
        public static final int PT_NOTE = 4;

        /** Whether this is to be loaded: PT_LOAD and accessible in some way. */
        public boolean loadable() {
            return type == PT_LOAD && (flags & 7) != 0;
        }
    }

    /**
     * A section header.
     *
     * @param name with unprintable characters shown as '?'; empty if the file names none
     * @param type {@code sh_type}
     * @param flags {@code sh_flags}
     * @param addr virtual address, or 0
     * @param offset of the content in the file
     * @param size in bytes
     */
    public record Section(String name, int type, long flags, long addr, long offset, long size) {
        /** A section of notes. */
        public static final int SHT_NOTE = 7;

        /** A section without content in the file. */
        public static final int SHT_NOBITS = 8;
    }

    /** Whether the file is of class ELFCLASS64 (x86-64), else ELFCLASS32 (i386). */
    public boolean is64Bit() {
        return wide;
    }

    /** {@code e_entry}. */
    public long entry() {
        return entry;
    }

    /** All program headers in file order. */
    public List<Segment> segments() {
        return segments;
    }

    /** The program headers to load, in file order; there is at least one. */
    public List<Segment> loadSegments() {
        return segments.stream().filter(Segment::loadable).toList();
    }

    /** All section headers in file order, the null section left out; may be empty. */
    public List<Section> sections() {
        return sections;
    }

    /** The first section of that name. */
    public Optional<Section> section(String name) {
        return sections.stream().filter(s -> s.name().equals(name)).findFirst();
    }

    /** The size of the file in bytes. */
    public int size() {
        return file.length;
    }

    /**
     * A read-only little-endian view of part of the file.
     *
     * @throws IndexOutOfBoundsException if the part does not lie inside the file
     */
    public ByteBuffer slice(long offset, long length) {
        Objects.checkFromIndexSize(offset, length, file.length);
        return ByteBuffer.wrap(file, (int) offset, (int) length)
                .slice()
                .asReadOnlyBuffer()
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Copies part of the file.
     *
     * @throws IndexOutOfBoundsException if the part lies outside the file or the target
     */
    public void copyTo(long offset, byte[] target, int targetOffset, int length) {
        Objects.checkFromIndexSize(offset, length, file.length);
        System.arraycopy(file, (int) offset, target, targetOffset, length);
    }

    byte[] bytes() {
        return file;
    }
}
