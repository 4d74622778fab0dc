package org.xenolith.firmware.boot;

import org.xenolith.firmware.image.BareImage.PvhKernel;
import org.xenolith.firmware.image.ImageException;
import org.xenolith.firmware.memory.MemoryMap;
import org.xenolith.firmware.memory.MemoryRange;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The direct boot of PVH (Xen's {@code docs/misc/pvh.pandoc} and public header {@code
 * arch-x86/hvm/start_info.h}), with a start structure of version 1.
 */
final class PvhLoader {
    private static final int START_INFO_MAGIC = 0x336e_c578;
    private static final int START_INFO_SIZE = 56;
    private static final int VERSION = 1;
    private static final int MODULE_SIZE = 32;
    private static final int MAP_ENTRY = 24;

    private PvhLoader() {}

    static EntryState load(BootRequest request, BootMachine machine, LoadArea area)
            throws ImageException {
        String name = request.image().name();
        PvhKernel kernel = request.image().pvhKernel();
        ElfLoading.put(kernel.elf(), 0, area);
        long entry = ElfLoading.checked(kernel.entry(), name);
        List<LoadedModules.Loaded> modules = LoadedModules.put(request, area);

        ByteBuffer info = little(START_INFO_SIZE);
        info.putInt(START_INFO_MAGIC).putInt(VERSION).putInt(0).putInt(modules.size());
        info.putLong(modules.isEmpty() ? 0 : putModules(modules, area));
        byte[] line =
                BootText.bytes(request.commandLine(), "the command line", Long.MAX_VALUE, name);
        info.putLong(area.putLow("the command line", line, 8));
        info.putLong(machine.acpi().rsdpAddress());
        info.putLong(area.putLow("the memory map", memoryMap(area.memory()), 8));
        info.putInt(area.memory().ranges().size());
        long at = area.putLow("the start information", info.array(), 8);
        return FlatSegments.enter(area, entry, 0, at, 0);
    }

    private static long putModules(List<LoadedModules.Loaded> modules, LoadArea area)
            throws ImageException {
        ByteBuffer list = little(MODULE_SIZE * modules.size());
        for (LoadedModules.Loaded module : modules) {
            list.putLong(module.start()).putLong(module.end() - module.start());
            list.putLong(area.putLow("the text of a module", module.text(), 8)).putLong(0);
        }
        return area.putLow("the list of modules", list.array(), 8);
    }

    private static byte[] memoryMap(MemoryMap memory) {
        ByteBuffer map = little(MAP_ENTRY * memory.ranges().size());
        for (MemoryRange range : memory.ranges()) {
            map.putLong(range.base()).putLong(range.length());
            map.putInt(range.kind().number()).putInt(0);
        }
        return map.array();
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
