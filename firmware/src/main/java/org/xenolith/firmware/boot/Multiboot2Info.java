package org.xenolith.firmware.boot;

import org.xenolith.firmware.acpi.Rsdp;
import org.xenolith.firmware.image.ElfImage;
import org.xenolith.firmware.image.ElfImage.Section;
import org.xenolith.firmware.image.ImageException;
import org.xenolith.firmware.memory.MemoryMap;
import org.xenolith.firmware.memory.MemoryRange;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The boot information of multiboot 2 (chapter 3.6): tags, each on an 8-byte boundary. */
final class Multiboot2Info {
    private static final int END = 0;
    private static final int COMMAND_LINE = 1;
    private static final int LOADER_NAME = 2;
    private static final int MODULE = 3;
    private static final int BASIC_MEMORY = 4;
    private static final int MEMORY_MAP = 6;
    private static final int ELF_SECTIONS = 9;
    private static final int OLD_RSDP = 14;
    private static final int NEW_RSDP = 15;
    private static final int LOAD_BASE = 21;

    private static final int MAP_ENTRY = 24;

    /** Kernels with more sections get no list of them. */
    private static final int MOST_SECTIONS = 1000;

    private static final int SHT_SYMTAB = 2;
    private static final int SHT_STRTAB = 3;

    private final ByteArrayOutputStream tags = new ByteArrayOutputStream();

    void commandLine(byte[] text) {
        add(COMMAND_LINE, text);
    }

    void loaderName(byte[] text) {
        add(LOADER_NAME, text);
    }

    void module(LoadedModules.Loaded module) {
        ByteBuffer tag = little(8 + module.text().length);
        tag.putInt((int) module.start()).putInt((int) module.end()).put(module.text());
        add(MODULE, tag.array());
    }

    void memory(MemoryMap memory) {
        ByteBuffer basic = little(8);
        basic.putInt((int) (memory.conventional() >> 10));
        add(BASIC_MEMORY, basic.putInt((int) (memory.extended() >> 10)).array());
        ByteBuffer map = little(8 + MAP_ENTRY * memory.ranges().size());
        map.putInt(MAP_ENTRY).putInt(0);
        for (MemoryRange range : memory.ranges()) {
            map.putLong(range.base()).putLong(range.length());
            map.putInt(range.kind().number()).putInt(0);
        }
        add(MEMORY_MAP, map.array());
    }

    /**
     * The section headers. Symbols and their names, which no segment loads, are put behind the
     * kernel, and the headers then say where.
     *
     * @param offset by which the kernel was relocated
     */
    void sections(ElfImage elf, long offset, LoadArea area) throws ImageException {
        boolean wide = elf.is64Bit();
        ByteBuffer header = elf.slice(0, wide ? 64 : 52);
        long table = wide ? header.getLong(40) : Integer.toUnsignedLong(header.getInt(32));
        int size = Short.toUnsignedInt(header.getShort(wide ? 58 : 46));
        int count = Short.toUnsignedInt(header.getShort(wide ? 60 : 48));
        int names = Short.toUnsignedInt(header.getShort(wide ? 62 : 50));
        if (elf.sections().isEmpty() || count > MOST_SECTIONS || size != (wide ? 64 : 40)) {
            return;
        }
        ByteBuffer tag = little(12 + count * size);
        tag.putInt(count).putInt(size).putInt(names);
        tag.put(elf.slice(table, (long) count * size));
        for (int i = 1; i < count; i++) {
            Section section = elf.sections().get(i - 1);
            long address = section.addr() == 0 ? 0 : section.addr() + offset;
            boolean symbols = section.type() == SHT_SYMTAB || section.type() == SHT_STRTAB;
            if (address == 0 && symbols && section.size() > 0) {
                byte[] content = new byte[(int) section.size()];
                elf.copyTo(section.offset(), content, 0, content.length);
                address = area.putBehind("the symbols of the kernel", area.end(), content);
            }
            int at = 12 + i * size;
            if (wide) {
                tag.putLong(at + 16, address);
            } else {
                tag.putInt(at + 12, (int) address);
            }
        }
        add(ELF_SECTIONS, tag.array());
    }

    void rsdp(byte[] rsdp) {
        byte[] old = new byte[Rsdp.OLD_SIZE];
        System.arraycopy(rsdp, 0, old, 0, old.length);
        add(OLD_RSDP, old);
        add(NEW_RSDP, rsdp);
    }

    /** Where a relocatable kernel was loaded. */
    void loadBase(long address) {
        add(LOAD_BASE, little(4).putInt((int) address).array());
    }

    /** All tags behind their total size, and an end tag. */
    byte[] toBytes() {
        add(END, new byte[0]);
        ByteBuffer info = little(8 + tags.size());
        return info.putInt(info.capacity()).putInt(0).put(tags.toByteArray()).array();
    }

    private void add(int type, byte[] content) {
        ByteBuffer tag = little((int) LoadArea.up(8 + content.length, 8));
        tag.putInt(type).putInt(8 + content.length).put(content);
        tags.writeBytes(tag.array());
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
