package org.xenolith.firmware.image;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * A multiboot header (Multiboot Specification 0.6.96, chapter 3.1). A wish for a video mode is read
 * over: the specification lets the loader choose another, and none.
 *
 * @param alignModules whether modules must begin on page boundaries (flag 0)
 * @param wantMemory whether the kernel needs to be told of its memory (flag 1)
 * @param addresses where to load, if the ELF headers are not to be used (flag 16)
 * @param entry physical address of the entry point, likewise
 */
public record Multiboot1Header(
        boolean alignModules,
        boolean wantMemory,
        Optional<MultibootAddresses> addresses,
        OptionalLong entry) {
    private static final int ALIGN_MODULES = 1;
    private static final int WANT_MEMORY = 1 << 1;
    private static final int WANT_VIDEO = 1 << 2;
    private static final int HAS_ADDRESSES = 1 << 16;

    /** Flags that a loader must refuse if it does not know them. */
    private static final int REQUIREMENTS = 0xffff;

    /**
     * Reads the header that begins at an offset.
     *
     * @throws ImageException if it asks for what is unknown or contradicts itself
     */
    static Multiboot1Header read(ImageBytes in, int at) throws ImageException {
        int flags = (int) in.u32(at + 4);
        int unknown = flags & REQUIREMENTS & ~(ALIGN_MODULES | WANT_MEMORY | WANT_VIDEO);
        if (unknown != 0) {
            throw new ImageException(
                    in.name(),
                    "its multiboot header requires unknown features (flags 0x%x)"
                            .formatted(unknown),
                    "rebuild the kernel without them");
        }
        boolean addresses = (flags & HAS_ADDRESSES) != 0;
        return new Multiboot1Header(
                (flags & ALIGN_MODULES) != 0,
                (flags & WANT_MEMORY) != 0,
                addresses
                        ? Optional.of(MultibootAddresses.read(in, at, at + 12))
                        : Optional.empty(),
                addresses ? OptionalLong.of(in.u32(at + 28)) : OptionalLong.empty());
    }
}
