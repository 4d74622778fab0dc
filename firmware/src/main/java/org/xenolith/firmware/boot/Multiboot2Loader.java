package org.xenolith.firmware.boot;

import org.xenolith.firmware.image.BareImage;
import org.xenolith.firmware.image.ElfImage;
import org.xenolith.firmware.image.ElfImage.Segment;
import org.xenolith.firmware.image.ImageException;
import org.xenolith.firmware.image.Multiboot2Header;
import org.xenolith.firmware.image.Multiboot2Header.Relocation;
import org.xenolith.firmware.image.MultibootAddresses;

import java.util.List;
import java.util.Optional;

/** Multiboot2 Specification 2.0, for i386 without EFI. */
final class Multiboot2Loader {
    /** What EAX holds at the entry. */
    private static final int MAGIC = 0x36d7_6289;

    private Multiboot2Loader() {}

    static EntryState load(BootRequest request, BootMachine machine, LoadArea area)
            throws ImageException {
        BareImage image = request.image();
        Multiboot2Header header = image.multiboot2().orElseThrow();
        Optional<MultibootAddresses> flat = header.addresses();
        long start;
        long end;
        if (flat.isPresent()) {
            start = flat.get().load();
            end = start + flat.get().memorySize();
        } else {
            List<Segment> segments = image.elf().orElseThrow().loadSegments();
            start = segments.stream().mapToLong(Segment::paddr).min().orElseThrow();
            end = segments.stream().mapToLong(s -> s.paddr() + s.memsz()).max().orElseThrow();
        }
        long offset = 0;
        if (header.relocation().isPresent()) {
            offset = place(header.relocation().get(), start, end, area, image.name()) - start;
        }

        long entry;
        if (flat.isPresent()) {
            Multiboot1Loader.putFlat(image, flat.get(), offset, area);
            entry = header.entry().orElseThrow();
        } else {
            ElfImage elf = image.elf().orElseThrow();
            ElfLoading.put(elf, offset, area);
            entry =
                    header.entry().isPresent()
                            ? header.entry().getAsLong()
                            : ElfLoading.physicalEntry(elf, image.name());
        }
        entry = ElfLoading.checked(entry + offset, image.name());

        Multiboot2Info info = new Multiboot2Info();
        info.commandLine(BootText.namedCommandLine(request));
        info.loaderName(BootText.LOADER_NAME);
        for (LoadedModules.Loaded module : LoadedModules.put(request, area)) {
            info.module(module);
        }
        info.memory(area.memory());
        if (flat.isEmpty()) {
            info.sections(image.elf().orElseThrow(), offset, area);
        }
        info.rsdp(machine.acpi().rsdp());
        if (header.relocation().isPresent()) {
            info.loadBase(start + offset);
        }
        long at = area.putLow("the boot information", info.toBytes(), 8);
        return FlatSegments.enter(area, entry, MAGIC, at, 0);
    }

    /** Where a relocatable kernel goes: to where it was linked for if it can, else as it wishes. */
    private static long place(
            Relocation wish, long start, long end, LoadArea area, String imageName)
            throws ImageException {
        long size = end - start;
        if (start >= 0 && size >= 0 && end >= 0) {
            if (area.memory().isRam(start, end)) {
                return start;
            }
            long limit = wish.highest() + 1;
            long place =
                    wish.preferHigh()
                            ? area.highest(
                                    "the kernel", wish.lowest(), limit, size, wish.alignment())
                            : area.lowest("the kernel", wish.lowest(), size, wish.alignment());
            if (place + size <= limit) {
                return place;
            }
        }
        throw new ImageException(
                imageName,
                "nowhere between 0x%x and 0x%x is RAM for it"
                        .formatted(wish.lowest(), wish.highest()),
                "give the machine more memory");
    }
}
