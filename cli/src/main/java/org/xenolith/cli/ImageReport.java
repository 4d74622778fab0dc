package org.xenolith.cli;

import org.xenolith.firmware.image.ElfImage;
import org.xenolith.firmware.image.GuestKind;
import org.xenolith.firmware.image.ImageException;
import org.xenolith.firmware.image.KernelImage;
import org.xenolith.firmware.image.PvLayout;
import org.xenolith.firmware.image.SetupHeader;
import org.xenolith.firmware.image.XenFeature;
import org.xenolith.firmware.image.XenNotes;
import org.xenolith.firmware.image.compression.Compression;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** A kernel image as aligned {@code key: value} lines. */
final class ImageReport {
    private final Map<String, String> lines = new LinkedHashMap<>();

    private ImageReport() {}

    /** The lines for an image, each ended by a new line. */
    static String of(KernelImage image) {
        ImageReport report = new ImageReport();
        report.add("image", image.name());
        report.add("format", format(image));
        image.setupHeader().ifPresent(report::addSetupHeader);
        if (image.compression() != Compression.NONE) {
            report.add("compression", image.compression().label());
        }
        image.payload().ifPresent(report::addElf);
        image.notes().ifPresentOrElse(report::addNotes, () -> report.add("Xen notes", "none"));
        report.addPv(image);
        report.add("runs as", guests(image));
        return report.text();
    }

    private static String format(KernelImage image) {
        List<String> formats = new ArrayList<>();
        switch (image.format()) {
            case BZIMAGE -> formats.add("Linux bzImage");
            case ELF -> formats.add("ELF");
            case MULTIBOOT -> {}
        }
        if (image.multiboot1()) {
            formats.add("multiboot 1");
        }
        if (image.multiboot2()) {
            formats.add("multiboot 2");
        }
        return String.join(", ", formats);
    }

    private void addSetupHeader(SetupHeader header) {
        add("version", header.kernelVersion());
        add("boot protocol", header.protocolText());
    }

    private void addElf(ElfImage elf) {
        add(
                "kernel",
                "%s, %d bytes, %d segments, entry %#x"
                        .formatted(
                                elf.is64Bit() ? "ELF64 x86-64" : "ELF32 i386",
                                elf.size(),
                                elf.loadSegments().size(),
                                elf.entry()));
    }

    private void addNotes(XenNotes notes) {
        switch (notes.source()) {
            case NOTES -> add("Xen notes", "ELF notes");
            case GUEST_SECTION -> add("Xen notes", "section __xen_guest");
        }
        add("GUEST_OS", notes.guestOs());
        add("GUEST_VERSION", notes.guestVersion());
        add("XEN_VERSION", notes.xenVersion());
        add("LOADER", notes.loader());
        add("PAE_MODE", notes.paeMode());
        add("ENTRY", notes.entry());
        add("HYPERCALL_PAGE", notes.hypercallPage());
        add("VIRT_BASE", notes.virtBase());
        add("PADDR_OFFSET", notes.paddrOffset());
        add("INIT_P2M", notes.initP2m());
        add("HV_START_LOW", notes.hvStartLow());
        add("PHYS32_ENTRY", notes.phys32Entry());
        add("MOD_START_PFN", notes.modStartPfn() ? "yes" : "");
        add("SUSPEND_CANCEL", notes.suspendCancel() ? "yes" : "");
        add("BSD_SYMTAB", notes.bsdSymtab() ? "yes" : "");
        add("features required", features(notes.requiredFeatures()));
        add("features supported", features(notes.allSupportedFeatures()));
        add("features unknown", String.join(" ", notes.unknownRequiredFeatures()));
    }

    private void addPv(KernelImage image) {
        try {
            PvLayout layout = image.pvLayout();
            add("PV entry", "%#x".formatted(layout.virtEntry()));
            add("PV memory", "%#x to %#x".formatted(layout.physicalStart(), layout.physicalEnd()));
        } catch (ImageException e) {
            String reason = e.getMessage();
            String prefix = image.name() + ": ";
            if (reason.startsWith(prefix)) {
                reason = reason.substring(prefix.length());
            }
            add("PV entry", "none (" + reason + ")");
        }
        image.notes()
                .map(XenNotes::phys32Entry)
                .ifPresent(entry -> add("PVH entry", entry.isPresent() ? hex(entry) : "none"));
    }

    private static String guests(KernelImage image) {
        List<String> names = new ArrayList<>();
        for (GuestKind kind : image.guests()) {
            names.add(
                    switch (kind) {
                        case PV64 -> "pv (64 bit)";
                        case PV32 -> "pv (32 bit)";
                        case PVH -> "pvh";
                        case BARE -> "bare machine";
                    });
        }
        return names.isEmpty() ? "nothing" : String.join(", ", names);
    }

    private static String features(Iterable<XenFeature> features) {
        List<String> names = new ArrayList<>();
        features.forEach(feature -> names.add(feature.featureName()));
        return String.join(" ", names);
    }

    private static String hex(OptionalLong value) {
        return "%#x".formatted(value.getAsLong());
    }

    private void add(String key, OptionalLong value) {
        if (value.isPresent()) {
            add(key, hex(value));
        }
    }

    private void add(String key, Optional<String> value) {
        add(key, value.orElse(""));
    }

    private void add(String key, String value) {
        if (!value.isEmpty()) {
            lines.put(key, value);
        }
    }

    private String text() {
        int width = lines.keySet().stream().mapToInt(String::length).max().orElse(0) + 1;
        StringBuilder text = new StringBuilder();
        lines.forEach(
                (key, value) ->
                        text.append(
                                String.format(
                                        Locale.ROOT, "%-" + width + "s %s%n", key + ":", value)));
        return text.toString();
    }
}
