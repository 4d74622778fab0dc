package org.xenolith.firmware.boot;

import org.xenolith.firmware.image.ElfImage;
import org.xenolith.firmware.image.ElfImage.Segment;
import org.xenolith.firmware.image.ImageException;

/** Puts ELF files where their program headers say, by physical addresses. */
final class ElfLoading {
    private static final long LIMIT = 1L << 32;

    private ElfLoading() {}

    /**
     * Puts all segments to load.
     *
     * @param offset what to add to each address; 0 unless the kernel is relocated
     */
    static void put(ElfImage elf, long offset, LoadArea area) throws ImageException {
        for (Segment segment : elf.loadSegments()) {
            area.put(
                    "a segment of the kernel",
                    segment.paddr() + offset,
                    elf.slice(segment.offset(), segment.filesz()),
                    segment.memsz());
        }
    }

    /**
     * The entry point as a physical address. Kernels linked to run at high virtual addresses name a
     * virtual one; it is taken to where its segment is loaded.
     *
     * @throws ImageException if it does not lie below 4 GiB
     */
    static long physicalEntry(ElfImage elf, String name) throws ImageException {
        long entry = elf.entry();
        for (Segment segment : elf.loadSegments()) {
            long into = entry - segment.vaddr();
            if (Long.compareUnsigned(into, segment.memsz()) < 0) {
                return checked(segment.paddr() + into, name);
            }
        }
        return checked(entry, name);
    }

    static long checked(long entry, String name) throws ImageException {
        if (entry < 0 || entry >= LIMIT) {
            throw new ImageException(
                    name,
                    "its entry point 0x%x is not below 4 GiB".formatted(entry),
                    "link it lower");
        }
        return entry;
    }
}
