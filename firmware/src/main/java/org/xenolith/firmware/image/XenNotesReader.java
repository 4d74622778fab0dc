package org.xenolith.firmware.image;

import org.xenolith.firmware.image.ElfImage.Section;
import org.xenolith.firmware.image.ElfImage.Segment;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Finds {@link XenNotes} in an ELF file: in note segments, else in note sections, else in the
 * section {@code __xen_guest}.
 */
final class XenNotesReader {
    private static final String OWNER = "Xen";
    private static final int MOST_NOTES = 4096;
    private static final int PAGE_SHIFT = 12;

    private final ImageBytes in;
    private int notesSeen;
    private boolean found;

    private OptionalLong entry = OptionalLong.empty();
    private OptionalLong hypercallPage = OptionalLong.empty();
    private OptionalLong virtBase = OptionalLong.empty();
    private OptionalLong paddrOffset = OptionalLong.empty();
    private String xenVersion;
    private String guestOs;
    private String guestVersion;
    private String loader;
    private String paeMode;
    private final List<String> features = new ArrayList<>();
    private boolean bsdSymtab;
    private OptionalLong hvStartLow = OptionalLong.empty();
    private boolean suspendCancel;
    private OptionalLong initP2m = OptionalLong.empty();
    private boolean modStartPfn;
    private OptionalLong supportedFeatures = OptionalLong.empty();
    private OptionalLong phys32Entry = OptionalLong.empty();

    private XenNotesReader(ElfImage elf, String name) {
        this.in = new ImageBytes(elf.bytes(), name);
    }

    /** The notes of an image, or empty if it has none of any form. */
    static Optional<XenNotes> read(ElfImage elf, String name) throws ImageException {
        XenNotesReader reader = new XenNotesReader(elf, name);
        for (Segment segment : elf.segments()) {
            // An offset of 0 is a linker's mistake: the ELF header stands there.
            if (segment.type() == Segment.PT_NOTE && segment.offset() != 0) {
                reader.readNotes(segment.offset(), segment.filesz());
            }
        }
        if (!reader.found) {
            for (Section section : elf.sections()) {
                if (section.type() == Section.SHT_NOTE) {
                    reader.readNotes(section.offset(), section.size());
                }
            }
        }
        if (reader.found) {
            return Optional.of(reader.toNotes(XenNotes.Source.NOTES));
        }
        Optional<Section> guest = elf.section("__xen_guest");
        if (guest.isEmpty() || guest.get().type() == Section.SHT_NOBITS) {
            return Optional.empty();
        }
        reader.readGuestSection(guest.get());
        return Optional.of(reader.toNotes(XenNotes.Source.GUEST_SECTION));
    }

    /**
     * Walks notes: {name size, content size, type} and both texts, each padded to 4 bytes. A note
     * that runs over the end of its area ends the walk, but what is there of its content counts:
     * GRUB's 32-bit image claims 12 bytes for its last note and has 4.
     */
    private void readNotes(long offset, long size) throws ImageException {
        if (!in.holds(offset, size)) {
            return;
        }
        long end = offset + size;
        long at = offset;
        while (end - at >= 12 && notesSeen < MOST_NOTES) {
            notesSeen++;
            long nameSize = in.u32(at);
            long contentSize = in.u32(at + 4);
            long type = in.u32(at + 8);
            long content = at + 12 + align4(nameSize);
            if (content > end) {
                return;
            }
            long next = content + align4(contentSize);
            if (nameSize == OWNER.length() + 1
                    && Text.ascii(in.data(), (int) at + 12, (int) content).equals(OWNER)) {
                found = true;
                take(type, content, Math.min(content + contentSize, end));
            }
            at = next;
        }
    }

    private static long align4(long size) {
        return size + 3 & ~3L;
    }

    private void take(long type, long from, long to) throws ImageException {
        if (type > 18) {
            return;
        }
        switch ((int) type) {
            case 1 -> entry = number(from, to);
            case 2 -> hypercallPage = number(from, to);
            case 3 -> virtBase = number(from, to);
            case 4 -> paddrOffset = number(from, to);
            case 5 -> xenVersion = text(from, to);
            case 6 -> guestOs = text(from, to);
            case 7 -> guestVersion = text(from, to);
            case 8 -> loader = text(from, to);
            case 9 -> paeMode = text(from, to);
            case 10 -> takeFeatures(text(from, to));
            case 11 -> bsdSymtab = text(from, to).equals("yes");
            case 12 -> hvStartLow = number(from, to);
            case 14 -> suspendCancel = number(from, to).orElse(0) != 0;
            case 15 -> initP2m = number(from, to);
            case 16 -> modStartPfn = number(from, to).orElse(0) != 0;
            case 17 -> supportedFeatures = to - from >= 4 ? submap(from) : OptionalLong.empty();
            case 18 -> phys32Entry = number(from, to);
            default -> {
                // Free text (0), L1_MFN_VALID (13): of use to migration tools only.
            }
        }
    }

    private OptionalLong submap(long from) throws ImageException {
        return OptionalLong.of(in.u32(from));
    }

    /** A number of the customary sizes; of another size the note says nothing. */
    private OptionalLong number(long from, long to) throws ImageException {
        return switch ((int) (to - from)) {
            case 1 -> OptionalLong.of(in.u8(from));
            case 2 -> OptionalLong.of(in.u16(from));
            case 4 -> OptionalLong.of(in.u32(from));
            case 8 -> OptionalLong.of(in.u64(from));
            default -> OptionalLong.empty();
        };
    }

    private String text(long from, long to) {
        return Text.ascii(in.data(), (int) from, (int) to);
    }

    private void takeFeatures(String list) {
        for (String feature : list.split("\\|")) {
            if (!feature.isBlank()) {
                features.add(feature.strip());
            }
        }
    }

    /** The old form: "NAME=VALUE,NAME,…" up to a NUL. */
    private void readGuestSection(Section section) throws ImageException {
        String guest = text(section.offset(), section.offset() + section.size());
        OptionalLong hypercallIndex = OptionalLong.empty();
        for (String item : guest.split(",")) {
            int equals = item.indexOf('=');
            String key = equals < 0 ? item : item.substring(0, equals);
            String value = equals < 0 ? "" : item.substring(equals + 1);
            switch (key) {
                case "LOADER" -> loader = value;
                case "GUEST_OS" -> guestOs = value;
                case "GUEST_VER" -> guestVersion = value;
                case "XEN_VER" -> xenVersion = value;
                case "PAE" -> paeMode = value;
                case "BSD_SYMTAB" -> bsdSymtab = true;
                case "FEATURES" -> takeFeatures(value);
                case "VIRT_BASE" -> virtBase = guestNumber(key, value);
                case "VIRT_ENTRY" -> entry = guestNumber(key, value);
                case "ELF_PADDR_OFFSET" -> paddrOffset = guestNumber(key, value);
                case "HYPERCALL_PAGE" -> hypercallIndex = guestNumber(key, value);
                default -> {
                    // Keys of long-gone Xen versions are ignored, as Xen does.
                }
            }
        }
        if (hypercallIndex.isPresent()) {
            long page = hypercallIndex.getAsLong() << PAGE_SHIFT;
            hypercallPage = OptionalLong.of(virtBase.orElse(0) + page);
        }
    }

    /** A number as C writes it: 0x hexadecimal, 0 octal, else decimal. */
    private OptionalLong guestNumber(String key, String value) throws ImageException {
        try {
            if (value.startsWith("0x") || value.startsWith("0X")) {
                return OptionalLong.of(Long.parseUnsignedLong(value.substring(2), 16));
            }
            int radix = value.length() > 1 && value.startsWith("0") ? 8 : 10;
            return OptionalLong.of(Long.parseUnsignedLong(value, radix));
        } catch (NumberFormatException e) {
            throw new ImageException(
                    in.name(),
                    key + "=" + value + " in its __xen_guest section is not a number",
                    "rebuild the kernel",
                    e);
        }
    }

    private XenNotes toNotes(XenNotes.Source source) {
        return new XenNotes(
                source,
                entry,
                hypercallPage,
                virtBase,
                paddrOffset,
                Optional.ofNullable(xenVersion),
                Optional.ofNullable(guestOs),
                Optional.ofNullable(guestVersion),
                Optional.ofNullable(loader),
                Optional.ofNullable(paeMode),
                features,
                bsdSymtab,
                hvStartLow,
                suspendCancel,
                initP2m,
                modStartPfn,
                supportedFeatures,
                phys32Entry);
    }
}
