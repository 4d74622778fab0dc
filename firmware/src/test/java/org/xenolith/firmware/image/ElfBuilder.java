package org.xenolith.firmware.image;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Builds small ELF files: header, program headers, contents, section headers, in this order. */
public final class ElfBuilder {
    private final boolean wide;
    private final List<Part> parts = new ArrayList<>();
    private final ByteArrayOutputStream notes = new ByteArrayOutputStream();
    private boolean notesAsSection;
    private long entry;

    private record Part(
            String section,
            int type,
            int sectionType,
            long vaddr,
            long paddr,
            byte[] data,
            long memsz) {}

    private ElfBuilder(boolean wide) {
        this.wide = wide;
    }

    public static ElfBuilder elf64() {
        return new ElfBuilder(true);
    }

    public static ElfBuilder elf32() {
        return new ElfBuilder(false);
    }

    public ElfBuilder entry(long address) {
        entry = address;
        return this;
    }

    public ElfBuilder load(long vaddr, long paddr, byte[] data, long memsz) {
        parts.add(new Part(".text", 1, 1, vaddr, paddr, data, memsz));
        return this;
    }

    /** A section that no program header names. */
    public ElfBuilder section(String name, byte[] data) {
        parts.add(new Part(name, 0, 1, 0, 0, data, 0));
        return this;
    }

    public ElfBuilder notesInSectionOnly() {
        notesAsSection = true;
        return this;
    }

    public ElfBuilder note(int type, String text) {
        return note("Xen", type, (text + "\0").getBytes(StandardCharsets.US_ASCII));
    }

    public ElfBuilder note(int type, long number) {
        int size = wide ? 8 : 4;
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (number >>> 8 * i);
        }
        return note("Xen", type, bytes);
    }

    public ElfBuilder note(String owner, int type, byte[] content) {
        byte[] ownerText = (owner + "\0").getBytes(StandardCharsets.US_ASCII);
        notes.writeBytes(
                little(12).putInt(ownerText.length).putInt(content.length).putInt(type).array());
        writePadded(ownerText);
        writePadded(content);
        return this;
    }

    private void writePadded(byte[] bytes) {
        notes.writeBytes(bytes);
        notes.writeBytes(new byte[-bytes.length & 3]);
    }

    public byte[] build() {
        List<Part> all = new ArrayList<>(parts);
        if (notes.size() > 0) {
            all.add(new Part(".notes", notesAsSection ? 0 : 4, 7, 0, 0, notes.toByteArray(), 0));
        }
        List<Part> headers = all.stream().filter(p -> p.type() != 0).toList();
        StringBuilder names = new StringBuilder("\0");
        int headerSize = wide ? 64 : 52;
        int segmentSize = wide ? 56 : 32;
        int sectionSize = wide ? 64 : 40;

        int[] offsets = new int[all.size()];
        int[] nameAt = new int[all.size()];
        int at = headerSize + segmentSize * headers.size();
        for (int i = 0; i < all.size(); i++) {
            at = at + 15 & ~15;
            offsets[i] = at;
            at += all.get(i).data().length;
            nameAt[i] = names.length();
            names.append(all.get(i).section()).append('\0');
        }
        int stringsName = names.length();
        names.append(".shstrtab\0");
        byte[] strings = names.toString().getBytes(StandardCharsets.US_ASCII);
        int stringsAt = at;
        int sectionsAt = at + strings.length + 7 & ~7;
        int sections = all.size() + 2;

        ByteBuffer out = little(sectionsAt + sectionSize * sections);
        out.put(new byte[] {0x7f, 'E', 'L', 'F', (byte) (wide ? 2 : 1), 1, 1, 0}).putLong(0);
        out.putShort((short) 2).putShort((short) (wide ? 62 : 3)).putInt(1);
        word(out, entry);
        word(out, headerSize);
        word(out, sectionsAt);
        out.putInt(0).putShort((short) headerSize);
        out.putShort((short) segmentSize).putShort((short) headers.size());
        out.putShort((short) sectionSize)
                .putShort((short) sections)
                .putShort((short) (sections - 1));
        for (Part part : headers) {
            putSegment(out, part, offsets[all.indexOf(part)]);
        }
        for (int i = 0; i < all.size(); i++) {
            out.put(offsets[i], all.get(i).data());
        }
        out.put(stringsAt, strings);
        out.position(sectionsAt + sectionSize);
        for (int i = 0; i < all.size(); i++) {
            Part part = all.get(i);
            putSection(out, nameAt[i], part.sectionType(), offsets[i], part.data().length);
        }
        putSection(out, stringsName, 3, stringsAt, strings.length);
        return out.array();
    }

    private void putSegment(ByteBuffer out, Part part, long offset) {
        out.putInt(part.type());
        if (wide) {
            out.putInt(7);
        }
        word(out, offset);
        word(out, part.vaddr());
        word(out, part.paddr());
        word(out, part.data().length);
        word(out, part.memsz());
        if (!wide) {
            out.putInt(7);
        }
        word(out, 4096);
    }

    private void putSection(ByteBuffer out, int name, int type, long offset, long size) {
        out.putInt(name).putInt(type);
        word(out, 0);
        word(out, 0);
        word(out, offset);
        word(out, size);
        out.putInt(0).putInt(0);
        word(out, 1);
        word(out, 0);
    }

    private void word(ByteBuffer out, long value) {
        if (wide) {
            out.putLong(value);
        } else {
            out.putInt((int) value);
        }
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
