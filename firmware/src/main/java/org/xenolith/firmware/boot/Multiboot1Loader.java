package org.xenolith.firmware.boot;

import org.xenolith.firmware.image.BareImage;
import org.xenolith.firmware.image.ElfImage;
import org.xenolith.firmware.image.ImageException;
import org.xenolith.firmware.image.Multiboot1Header;
import org.xenolith.firmware.image.MultibootAddresses;
import org.xenolith.firmware.memory.MemoryMap;
import org.xenolith.firmware.memory.MemoryRange;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Multiboot Specification 0.6.96. A 64-bit ELF file, which it does not speak of, is loaded in the
 * same way and entered in 32-bit mode, as other loaders do.
 */
final class Multiboot1Loader {
    /** What EAX holds at the entry. */
    private static final int MAGIC = 0x2bad_b002;

    private static final int INFO_SIZE = 120;
    private static final int HAS_MEMORY = 1;
    private static final int HAS_COMMAND_LINE = 1 << 2;
    private static final int HAS_MODULES = 1 << 3;
    private static final int HAS_MEMORY_MAP = 1 << 6;
    private static final int HAS_LOADER_NAME = 1 << 9;

    /** A memory map entry, after the field with its size. */
    private static final int MAP_ENTRY = 20;

    private Multiboot1Loader() {}

    static EntryState load(BootRequest request, LoadArea area) throws ImageException {
        BareImage image = request.image();
        Multiboot1Header header = image.multiboot1().orElseThrow();
        long entry;
        if (header.addresses().isPresent()) {
            putFlat(image, header.addresses().get(), 0, area);
            entry = header.entry().orElseThrow();
        } else {
            ElfImage elf = image.elf().orElseThrow();
            ElfLoading.put(elf, 0, area);
            entry = ElfLoading.physicalEntry(elf, image.name());
        }
        List<LoadedModules.Loaded> modules = LoadedModules.put(request, area);
        return FlatSegments.enter(area, entry, MAGIC, info(request, modules, area), 0);
    }

    /** Puts the piece of the file that the address fields of a multiboot header name. */
    static void putFlat(BareImage image, MultibootAddresses addresses, long offset, LoadArea area)
            throws ImageException {
        area.put(
                "the kernel",
                addresses.load() + offset,
                image.slice(addresses.fileOffset(), addresses.fileSize()),
                addresses.memorySize());
    }

    /** Chapter 3.3, "Boot information format". */
    private static long info(BootRequest request, List<LoadedModules.Loaded> modules, LoadArea area)
            throws ImageException {
        ByteBuffer info = little(INFO_SIZE);
        int flags = HAS_MEMORY | HAS_COMMAND_LINE | HAS_MODULES | HAS_MEMORY_MAP | HAS_LOADER_NAME;
        info.putInt(0, flags);
        info.putInt(4, (int) (area.memory().conventional() >> 10));
        info.putInt(8, (int) (area.memory().extended() >> 10));
        byte[] line = BootText.namedCommandLine(request);
        info.putInt(16, (int) area.putLow("the command line", line, 4));
        info.putInt(20, modules.size());
        info.putInt(24, (int) area.putLow("the list of modules", modules(modules, area), 4));
        byte[] map = memoryMap(area.memory());
        info.putInt(44, map.length);
        info.putInt(48, (int) area.putLow("the memory map", map, 4));
        info.putInt(64, (int) area.putLow("the loader's name", BootText.LOADER_NAME, 4));
        return area.putLow("the boot information", info.array(), 8);
    }

    private static byte[] modules(List<LoadedModules.Loaded> modules, LoadArea area)
            throws ImageException {
        ByteBuffer list = little(16 * modules.size());
        for (LoadedModules.Loaded module : modules) {
            list.putInt((int) module.start()).putInt((int) module.end());
            list.putInt((int) area.putLow("the text of a module", module.text(), 4)).putInt(0);
        }
        return list.array();
    }

    private static byte[] memoryMap(MemoryMap memory) {
        ByteBuffer map = little((4 + MAP_ENTRY) * memory.ranges().size());
        for (MemoryRange range : memory.ranges()) {
            map.putInt(MAP_ENTRY).putLong(range.base()).putLong(range.length());
            map.putInt(range.kind().number());
        }
        return map.array();
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
