package org.xenolith.firmware.image;

import org.xenolith.firmware.image.compression.Compression;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * An image to start on a bare machine: recognised, unpacked and checked. Immutable.
 *
 * <p>What it is, is decided so:
 *
 * <ol>
 *   <li>With the setup header of Linux it is a bzImage. The kernel in it is left packed: it unpacks
 *       itself.
 *   <li>Else an outer compression is taken off.
 *   <li>An ELF file is started by its multiboot 2 header, else by its multiboot 1 header, else by
 *       its PVH note. Without any of these it is refused: nothing says how to enter it.
 *   <li>Another file with a multiboot header that has load addresses is started by that.
 *   <li>A multiple of 64 KiB up to 16 MiB is a BIOS ROM if 16 bytes before its end stands a jump,
 *       possibly after CLI, CLD, NOP or an operand size prefix.
 *   <li>A file of 512 bytes to 607 KiB with 55 AA at offset 510 is a boot sector.
 *   <li>Anything else is refused.
 * </ol>
 */
public final class BareImage {
    /** Where a boot sector is loaded. */
    public static final int BOOT_SECTOR_ADDRESS = 0x7c00;

    private static final String GIVE_KERNEL =
            "give a bzImage, a multiboot or PVH kernel, a boot sector or a BIOS";
    private static final int SECTOR = 512;
    private static final int SIGNATURE_AT = 510;
    private static final int SIGNATURE = 0xaa55;
    private static final int LARGEST_BOOT_SECTOR = 0x9_fc00 - BOOT_SECTOR_ADDRESS;
    private static final int ROM_UNIT = 64 << 10;
    private static final int LARGEST_ROM = 16 << 20;
    private static final int RESET_VECTOR_FROM_END = 16;

    private final String name;
    private final ImageBytes in;
    private final List<BootProtocol> protocols;
    private final SetupHeader setupHeader;
    private final ElfImage elf;
    private final Multiboot1Header multiboot1;
    private final Multiboot2Header multiboot2;

    private BareImage(byte[] file, String name) throws ImageException {
        this.name = name;
        if (file.length == 0) {
            throw new ImageException(name, "it is empty", GIVE_KERNEL);
        }
        List<BootProtocol> found = new ArrayList<>();
        if (SetupHeader.isBzImage(file, name)) {
            in = new ImageBytes(file, name);
            setupHeader = SetupHeader.read(file, name);
            elf = null;
            multiboot1 = null;
            multiboot2 = null;
            found.add(BootProtocol.LINUX);
        } else {
            setupHeader = null;
            in = new ImageBytes(unpack(file, name), name);
            elf = ElfReader.isElf(in.data()) ? ElfReader.read(in.data(), name) : null;
            OptionalInt at2 = Multiboot.version2(in);
            multiboot2 = at2.isPresent() ? Multiboot2Header.read(in, at2.getAsInt()) : null;
            OptionalInt at1 = Multiboot.version1(in);
            multiboot1 = at1.isPresent() ? Multiboot1Header.read(in, at1.getAsInt()) : null;
            if (multiboot2 != null && (elf != null || multiboot2.addresses().isPresent())) {
                found.add(BootProtocol.MULTIBOOT2);
            }
            if (multiboot1 != null && (elf != null || multiboot1.addresses().isPresent())) {
                found.add(BootProtocol.MULTIBOOT1);
            }
            if (elf != null) {
                if (pvhEntry(elf, name).isPresent()) {
                    found.add(BootProtocol.PVH);
                }
            } else if (found.isEmpty()) {
                found.add(flat());
            }
        }
        if (found.isEmpty()) {
            throw new ImageException(
                    name,
                    "it is an ELF file with neither a multiboot header nor a PVH note",
                    "if it is Linux, give its bzImage");
        }
        protocols = List.copyOf(found);
    }

    /**
     * Reads and recognises a file.
     *
     * @throws ImageException if it cannot be read or is none to start on a bare machine
     */
    public static BareImage load(Path path) throws ImageException {
        return parse(ImageFile.read(path, GIVE_KERNEL), path.toString());
    }

    /**
     * Recognises the bytes of a file.
     *
     * @param file the bytes; kept, not copied: do not change them afterwards
     * @param name what messages call the image
     * @throws ImageException if they are none to start on a bare machine
     */
    public static BareImage parse(byte[] file, String name) throws ImageException {
        try {
            return new BareImage(file, name);
        } catch (OutOfMemoryError e) {
            throw ImageFile.noMemory(name, e);
        }
    }

    /** The name given to {@link #load} or {@link #parse}. */
    public String name() {
        return name;
    }

    /** The protocols by which it can be started, the best first; at least one. */
    public List<BootProtocol> protocols() {
        return protocols;
    }

    /** The setup header; present in a bzImage only. */
    public Optional<SetupHeader> setupHeader() {
        return Optional.ofNullable(setupHeader);
    }

    /** The ELF file, if it is one and no bzImage. */
    public Optional<ElfImage> elf() {
        return Optional.ofNullable(elf);
    }

    /** The multiboot 1 header. */
    public Optional<Multiboot1Header> multiboot1() {
        return Optional.ofNullable(multiboot1);
    }

    /** The multiboot 2 header. */
    public Optional<Multiboot2Header> multiboot2() {
        return Optional.ofNullable(multiboot2);
    }

    /**
     * A kernel with a PVH note.
     *
     * @param elf what to load
     * @param entry physical address to enter it at
     */
    public record PvhKernel(ElfImage elf, long entry) {}

    /**
     * The kernel with a PVH note that this is, or that a bzImage holds packed: it is unpacked now.
     *
     * @throws ImageException if there is none, or the bzImage is damaged
     */
    public PvhKernel pvhKernel() throws ImageException {
        ElfImage kernel = elf;
        if (setupHeader != null) {
            kernel = KernelImage.parse(in.data(), name).payload().orElse(null);
        }
        Optional<Long> entry = kernel == null ? Optional.empty() : pvhEntry(kernel, name);
        if (entry.isEmpty()) {
            throw new ImageException(
                    name, "it has no PVH entry", "start it otherwise, or use one with CONFIG_PVH");
        }
        return new PvhKernel(kernel, entry.get());
    }

    /** The size of the file in bytes, without an outer compression. */
    public int size() {
        return in.size();
    }

    /**
     * A read-only little-endian view of part of the file, without an outer compression.
     *
     * @throws IndexOutOfBoundsException if the part does not lie inside the file
     */
    public ByteBuffer slice(long offset, long length) {
        Objects.checkFromIndexSize(offset, length, in.size());
        return ByteBuffer.wrap(in.data(), (int) offset, (int) length)
                .slice()
                .asReadOnlyBuffer()
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    private static Optional<Long> pvhEntry(ElfImage elf, String name) throws ImageException {
        Optional<XenNotes> notes = XenNotesReader.read(elf, name);
        return notes.isPresent() && notes.get().phys32Entry().isPresent()
                ? Optional.of(notes.get().phys32Entry().getAsLong())
                : Optional.empty();
    }

    private static byte[] unpack(byte[] file, String name) throws ImageException {
        Compression outer = Compression.detect(file, 0);
        if (outer == null || outer == Compression.NONE) {
            return file;
        }
        try {
            return outer.unpack(file, 0, file.length, 0, KernelImage.SIZE_LIMIT);
        } catch (IOException e) {
            throw new ImageException(
                    name,
                    "cannot unpack the file (" + outer.label() + "): " + e.getMessage(),
                    "it was truncated or damaged: copy it again",
                    e);
        }
    }

    private BootProtocol flat() throws ImageException {
        if (isRom()) {
            return BootProtocol.ROM;
        }
        if (in.size() >= SECTOR && in.u16(SIGNATURE_AT) == SIGNATURE) {
            if (in.size() <= LARGEST_BOOT_SECTOR) {
                return BootProtocol.BOOT_SECTOR;
            }
            throw new ImageException(
                    name,
                    "it looks like a disk image, larger than conventional memory",
                    "a disk needs a BIOS to boot it; as kernel " + GIVE_KERNEL);
        }
        if (multiboot1 != null || multiboot2 != null) {
            throw new ImageException(
                    name,
                    "its multiboot header has no load addresses, and it is no ELF file",
                    "link it as ELF or fill in the addresses");
        }
        throw new ImageException(name, Strangers.describe(in.data()), GIVE_KERNEL);
    }

    private boolean isRom() throws ImageException {
        if (in.size() == 0 || in.size() % ROM_UNIT != 0 || in.size() > LARGEST_ROM) {
            return false;
        }
        for (int at = in.size() - RESET_VECTOR_FROM_END; at < in.size(); at++) {
            switch (in.u8(at)) {
                case 0xfa, 0xfc, 0x90, 0x66 -> {
                    // CLI, CLD, NOP, operand size: what may stand before the jump.
                }
                case 0xea, 0xe9, 0xeb -> {
                    return true;
                }
                default -> {
                    return false;
                }
            }
        }
        return false;
    }
}
