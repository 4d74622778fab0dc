package org.xenolith.firmware.image;

import org.xenolith.firmware.image.compression.Compression;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** A kernel image: recognised, unpacked and checked. Immutable. */
public final class KernelImage {
    /** The largest file, and the largest unpacked kernel, in bytes. */
    public static final int SIZE_LIMIT = 512 << 20;

    private static final String GIVE_KERNEL = "give a kernel image (bzImage or ELF)";

    /** What the file is, under an outer compression if it has one. */
    public enum Format {
        /** Linux: a setup header, code that unpacks, and the kernel as compressed payload. */
        BZIMAGE,
        /** An executable. It may have a multiboot header too. */
        ELF,
        /** Neither of these, but with a multiboot header. */
        MULTIBOOT
    }

    private final String name;
    private final byte[] bytes;
    private final Format format;
    private final Compression compression;
    private final SetupHeader setupHeader;
    private final ElfImage payload;
    private final boolean multiboot1;
    private final boolean multiboot2;
    private final XenNotes notes;
    private final PvLayout pvLayout;
    private final ImageException pvRefusal;

    private KernelImage(String name, byte[] file) throws ImageException {
        this.name = name;
        if (file.length == 0) {
            throw new ImageException(name, "it is empty", GIVE_KERNEL);
        }
        if (SetupHeader.isBzImage(file, name)) {
            bytes = file;
            format = Format.BZIMAGE;
            setupHeader = SetupHeader.read(file, name);
            if (setupHeader.payloadLength() == 0) {
                compression = Compression.NONE;
                payload = null;
            } else {
                compression = setupHeader.compression(file, name);
                payload = unpackPayload();
            }
        } else {
            setupHeader = null;
            Compression outer = Compression.detect(file, 0);
            compression = outer == null ? Compression.NONE : outer;
            bytes =
                    compression == Compression.NONE
                            ? file
                            : unpack(file, 0, file.length, 0, "the file");
            if (ElfReader.isElf(bytes)) {
                format = Format.ELF;
                payload = ElfReader.read(bytes, name);
            } else {
                format = Format.MULTIBOOT;
                payload = null;
            }
        }
        ImageBytes in = new ImageBytes(bytes, name);
        multiboot1 = format != Format.BZIMAGE && Multiboot.version1(in).isPresent();
        multiboot2 = format != Format.BZIMAGE && Multiboot.version2(in).isPresent();
        if (format == Format.MULTIBOOT && !multiboot1 && !multiboot2) {
            throw new ImageException(name, Strangers.describe(bytes), GIVE_KERNEL);
        }

        Optional<XenNotes> found =
                payload == null ? Optional.empty() : XenNotesReader.read(payload, name);
        notes = found.orElse(null);
        PvLayout layout = null;
        ImageException refusal = null;
        try {
            if (payload == null) {
                throw new ImageException(
                        name, "it has no ELF kernel in it", "use a kernel with Xen PV support");
            }
            layout = PvLayout.of(payload, found, name);
        } catch (ImageException e) {
            refusal = e;
        }
        pvLayout = layout;
        pvRefusal = refusal;
    }

    /**
     * Reads and parses a file.
     *
     * @throws ImageException if it cannot be read or is no usable image
     */
    public static KernelImage load(Path path) throws ImageException {
        return parse(ImageFile.read(path, GIVE_KERNEL), path.toString());
    }

    /**
     * Parses the bytes of a file.
     *
     * @param file the bytes; kept, not copied: do not change them afterwards
     * @param name what messages call the image
     * @throws ImageException if they are no usable image
     */
    public static KernelImage parse(byte[] file, String name) throws ImageException {
        try {
            return new KernelImage(name, file);
        } catch (OutOfMemoryError e) {
            throw ImageFile.noMemory(name, e);
        }
    }

    /** The name given to {@link #load} or {@link #parse}. */
    public String name() {
        return name;
    }

    /** What the file is. */
    public Format format() {
        return format;
    }

    /** How the payload of a bzImage, or else the whole file, was compressed. */
    public Compression compression() {
        return compression;
    }

    /** The setup header; present for {@link Format#BZIMAGE} only. */
    public Optional<SetupHeader> setupHeader() {
        return Optional.ofNullable(setupHeader);
    }

    /** Whether there is a multiboot 1 header. */
    public boolean multiboot1() {
        return multiboot1;
    }

    /** Whether there is a multiboot 2 header. */
    public boolean multiboot2() {
        return multiboot2;
    }

    /** The kernel as ELF file. Absent from images without one (a boot tool such as memtest86+). */
    public Optional<ElfImage> payload() {
        return Optional.ofNullable(payload);
    }

    /** What the kernel says to Xen, if it knows Xen. */
    public Optional<XenNotes> notes() {
        return Optional.ofNullable(notes);
    }

    /**
     * Where a PV domain builder puts this kernel.
     *
     * @throws ImageException if it cannot be a PV guest, with the reason
     */
    public PvLayout pvLayout() throws ImageException {
        if (pvRefusal != null) {
            throw pvRefusal;
        }
        return pvLayout;
    }

    /** The kinds of guest that this image can be started as; may be empty. */
    public Set<GuestKind> guests() {
        EnumSet<GuestKind> kinds = EnumSet.noneOf(GuestKind.class);
        if (pvLayout != null) {
            kinds.add(pvLayout.kind());
        }
        if (notes != null && notes.phys32Entry().isPresent()) {
            kinds.add(GuestKind.PVH);
        }
        if (format == Format.BZIMAGE || multiboot1 || multiboot2) {
            kinds.add(GuestKind.BARE);
        }
        return Collections.unmodifiableSet(kinds);
    }

    /** The size of the file in bytes, without an outer compression. */
    public int size() {
        return bytes.length;
    }

    /**
     * Copies part of the file, without an outer compression, as a loader of bzImage or multiboot
     * needs it.
     *
     * @throws IndexOutOfBoundsException if the part lies outside the file or the target
     */
    public void copyTo(int offset, byte[] target, int targetOffset, int length) {
        System.arraycopy(bytes, offset, target, targetOffset, length);
    }

    private ElfImage unpackPayload() throws ImageException {
        int offset = setupHeader.payloadOffset();
        int length = setupHeader.payloadLength();
        if (compression == Compression.NONE) {
            byte[] stored = new byte[length];
            System.arraycopy(bytes, offset, stored, 0, length);
            return ElfReader.read(stored, name);
        }
        // The kernel build ends every payload with the unpacked size (gzip does so by itself).
        if (length < 4) {
            throw ImageException.truncated(name, "the end of the compressed kernel");
        }
        long size = new ImageBytes(bytes, name).u32(offset + length - 4);
        byte[] elf = unpack(bytes, offset, length, size, "the kernel in it");
        if (elf.length != size) {
            throw ImageException.damaged(
                    name,
                    "the kernel in it unpacks to " + elf.length + " bytes instead of " + size);
        }
        if (!ElfReader.isElf(elf)) {
            throw ImageException.damaged(name, "the kernel in it is no ELF file");
        }
        return ElfReader.read(elf, name);
    }

    private byte[] unpack(byte[] data, int offset, int length, long size, String what)
            throws ImageException {
        try {
            return compression.unpack(data, offset, length, size, SIZE_LIMIT);
        } catch (IOException e) {
            throw new ImageException(
                    name,
                    "cannot unpack " + what + " (" + compression.label() + "): " + e.getMessage(),
                    "it was truncated or damaged: copy it again",
                    e);
        }
    }
}
