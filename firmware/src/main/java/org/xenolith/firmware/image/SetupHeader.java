package org.xenolith.firmware.image;

import org.xenolith.firmware.image.compression.Compression;

/**
 * The setup header of a bzImage (Linux {@code Documentation/arch/x86/boot.rst}, "The Real-Mode
 * Kernel Header"). Fields younger than the image's protocol are 0.
 *
 * @param protocol boot protocol version, major in bits 15:8, such as 0x020f for 2.15
 * @param kernelVersion the version text of the kernel, or empty
 * @param setupSize bytes of the file before the protected-mode code, a multiple of 512
 * @param systemSize bytes of protected-mode code, rounded up to 16
 * @param loadFlags {@code loadflags}; bit 0: the protected-mode code goes to 1 MiB
 * @param xloadFlags {@code xloadflags}; bit 0: has a 64-bit entry at code + 0x200
 * @param code32Start physical address where the loader jumps to
 * @param ramdiskAddressMax highest physical address of the last byte of a ramdisk
 * @param relocatable whether the code may be loaded elsewhere than at {@code preferredAddress}
 * @param kernelAlignment alignment in bytes for that
 * @param commandLineSize most bytes of a command line, its end mark not counted
 * @param preferredAddress physical address where the kernel would like to be
 * @param initSize bytes of memory the kernel needs from its address until it reads the memory map
 * @param payloadOffset offset of the payload in the file, or 0 without one
 * @param payloadLength its length in bytes
 */
public record SetupHeader(
        int protocol,
        String kernelVersion,
        int setupSize,
        long systemSize,
        int loadFlags,
        int xloadFlags,
        long code32Start,
        long ramdiskAddressMax,
        boolean relocatable,
        long kernelAlignment,
        long commandLineSize,
        long preferredAddress,
        long initSize,
        int payloadOffset,
        int payloadLength) {

    private static final int SECTOR = 512;
    private static final int BOOT_FLAG_AT = 0x1fe;
    private static final int MAGIC_AT = 0x202;
    private static final long MAGIC = 0x53726448; // "HdrS"
    private static final int DEFAULT_RAMDISK_MAX = 0x37ff_ffff;
    private static final int DEFAULT_COMMAND_LINE = 255;

    /** "Major.minor" of the boot protocol. */
    public String protocolText() {
        return "%d.%02d".formatted(protocol >> 8, protocol & 0xff);
    }

    static boolean isBzImage(byte[] file, String name) throws ImageException {
        ImageBytes in = new ImageBytes(file, name);
        return in.holds(MAGIC_AT, 4) && in.u16(BOOT_FLAG_AT) == 0xaa55 && in.u32(MAGIC_AT) == MAGIC;
    }

    /** Reads the header of a file for which {@link #isBzImage} holds. */
    static SetupHeader read(byte[] file, String name) throws ImageException {
        ImageBytes in = new ImageBytes(file, name);
        int protocol = in.u16(0x206);
        if (protocol < 0x0200) {
            throw new ImageException(
                    name,
                    "its boot protocol 0x" + Integer.toHexString(protocol) + " is too old",
                    "use a kernel of Linux 2.6 or newer");
        }
        int sectors = in.u8(0x1f1);
        int setupSize = ((sectors == 0 ? 4 : sectors) + 1) * SECTOR;
        // The field has 32 bits since protocol 2.04 only.
        long systemSize = (protocol >= 0x0204 ? in.u32(0x1f4) : in.u16(0x1f4)) * 16;
        // The code is not always padded to 16 bytes in the file.
        in.require(0, setupSize + Math.max(0, systemSize - 15), "the end of the kernel's code");

        long payloadOffset = 0;
        long payloadLength = 0;
        if (protocol >= 0x0208 && in.u32(0x24c) != 0) {
            payloadOffset = setupSize + in.u32(0x248);
            payloadLength = in.u32(0x24c);
            in.require(payloadOffset, payloadLength, "the end of the compressed kernel");
        }
        return new SetupHeader(
                protocol,
                kernelVersion(in, setupSize),
                setupSize,
                systemSize,
                in.u8(0x211),
                protocol >= 0x020c ? in.u16(0x236) : 0,
                in.u32(0x214),
                protocol >= 0x0203 ? in.u32(0x22c) : DEFAULT_RAMDISK_MAX,
                protocol >= 0x0205 && in.u8(0x234) != 0,
                protocol >= 0x0205 ? in.u32(0x230) : 0,
                protocol >= 0x0206 ? in.u32(0x238) : DEFAULT_COMMAND_LINE,
                protocol >= 0x020a ? in.u64(0x258) : 0,
                protocol >= 0x020a ? in.u32(0x260) : 0,
                (int) payloadOffset,
                (int) payloadLength);
    }

    private static String kernelVersion(ImageBytes in, int setupSize) throws ImageException {
        int pointer = in.u16(0x20e);
        int at = pointer + 0x200;
        return pointer == 0 || at >= setupSize ? "" : Text.ascii(in.data(), at, setupSize);
    }

    /** How the payload of the image is compressed. */
    Compression compression(byte[] file, String name) throws ImageException {
        Compression compression = Compression.detect(file, payloadOffset);
        if (compression == null) {
            ImageBytes in = new ImageBytes(file, name);
            throw ImageException.damaged(
                    name,
                    "the kernel in it is compressed in an unknown way (0x%02x 0x%02x)"
                            .formatted(
                                    payloadLength > 0 ? in.u8(payloadOffset) : 0,
                                    payloadLength > 1 ? in.u8(payloadOffset + 1) : 0));
        }
        return compression;
    }
}
