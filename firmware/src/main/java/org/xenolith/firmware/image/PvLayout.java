package org.xenolith.firmware.image;

import org.xenolith.firmware.image.ElfImage.Segment;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Where a PV kernel goes, from its ELF headers and {@link XenNotes} by Xen's rules.
 *
 * <p>The ELF <em>physical</em> addresses decide. With {@code virtOffset = virtBase -
 * elfPaddrOffset}, a segment at ELF physical address p is loaded at virtual address {@code p +
 * virtOffset}, which is guest-physical address {@code p - elfPaddrOffset}: virtual and
 * guest-physical differ by {@code virtBase} everywhere in the initial mapping. The ELF virtual
 * addresses are not used (Linux has a segment of per-CPU data at 0).
 *
 * <p>Checked: the kernel's range, its entry and hypercall page lie where they may; {@code virtBase}
 * is the start of a page; no address wraps; nothing lies in Xen's own part of the address space.
 * Not checked: whether it fits the domain's memory.
 *
 * @param kind {@link GuestKind#PV64} or {@link GuestKind#PV32}
 * @param virtBase virtual address of guest-physical 0, a multiple of 4096; 0 if the notes are
 *     silent
 * @param elfPaddrOffset subtracted from ELF physical addresses; if not given 0, or virtBase for
 *     {@code __xen_guest} images
 * @param virtKStart lowest virtual address of the kernel
 * @param virtKEnd first virtual address after it, zero-filled parts included
 * @param virtEntry where vCPU 0 starts: ENTRY, else the ELF entry
 * @param hypercallPage virtual address of the page that Xen fills with stubs, a multiple of 4096
 * @param initP2m virtual address of the p2m list if the kernel wants it apart from the rest
 * @param ramdiskUnmapped the ramdisk need not be mapped, mod_start is then a frame number
 * @param segments what to load, in file order; a later one wins where two overlap
 */
public record PvLayout(
        GuestKind kind,
        long virtBase,
        long elfPaddrOffset,
        long virtKStart,
        long virtKEnd,
        long virtEntry,
        OptionalLong hypercallPage,
        OptionalLong initP2m,
        boolean ramdiskUnmapped,
        List<LoadSegment> segments) {

    private static final long PAGE_MASK = 0xfff;

    /** Xen's part of the 64-bit address space: [this, {@link #XEN_HOLE_64_END}). */
    private static final long XEN_HOLE_64 = 0xffff_8000_0000_0000L;

    private static final long XEN_HOLE_64_END = 0xffff_8800_0000_0000L;

    /** End of the lower half of canonical addresses. */
    private static final long LOWER_HALF_END = 0x0000_8000_0000_0000L;

    /** Start of Xen's part of the 32-bit address space under a 64-bit Xen. */
    private static final long XEN_HOLE_32 = 0xf580_0000L;

    private static final String REBUILD = "the kernel is broken: rebuild it or use another";

    /**
     * One segment to load: {@code fileSize} bytes of the ELF file, then zeros up to {@code
     * memorySize}.
     *
     * @param virtual virtual address, any alignment
     * @param physical guest-physical address: virtual minus virtBase
     * @param fileOffset in {@link KernelImage#payload()}, inside the file together with fileSize
     * @param fileSize in bytes
     * @param memorySize in bytes, at least fileSize
     */
    public record LoadSegment(
            long virtual, long physical, long fileOffset, int fileSize, long memorySize) {}

    /** Copies the list. */
    public PvLayout {
        segments = List.copyOf(segments);
    }

    /** What to add to an ELF physical address to get the virtual one. */
    public long virtOffset() {
        return virtBase - elfPaddrOffset;
    }

    /** Guest-physical address of the first byte of the kernel. */
    public long physicalStart() {
        return virtKStart - virtBase;
    }

    /** Guest-physical address of the first byte after the kernel. */
    public long physicalEnd() {
        return virtKEnd - virtBase;
    }

    /**
     * Works out the layout.
     *
     * @throws ImageException if the image cannot be a PV guest, with the reason
     */
    static PvLayout of(ElfImage elf, Optional<XenNotes> found, String name) throws ImageException {
        XenNotes notes = accepted(elf, found, name);
        long virtBase = notes.virtBase().orElse(0);
        long defaultOffset = notes.source() == XenNotes.Source.NOTES ? 0 : virtBase;
        if (notes.paddrOffset().isPresent() && notes.virtBase().isEmpty()) {
            throw new ImageException(name, "it has a PADDR_OFFSET but no VIRT_BASE", REBUILD);
        }
        long paddrOffset = notes.paddrOffset().orElse(defaultOffset);
        long virtOffset = virtBase - paddrOffset;

        List<Segment> loadable = elf.loadSegments();
        long start = loadable.getFirst().paddr();
        long end = start;
        for (Segment segment : loadable) {
            start = min(start, segment.paddr());
            end = max(end, segment.paddr() + segment.memsz());
        }
        long entry = notes.entry().orElse(elf.entry());
        PvLayout layout =
                new PvLayout(
                        elf.is64Bit() ? GuestKind.PV64 : GuestKind.PV32,
                        virtBase,
                        paddrOffset,
                        start + virtOffset,
                        end + virtOffset,
                        entry,
                        notes.hypercallPage(),
                        notes.initP2m(),
                        notes.modStartPfn(),
                        loadable.stream()
                                .map(
                                        s ->
                                                new LoadSegment(
                                                        s.paddr() + virtOffset,
                                                        s.paddr() - paddrOffset,
                                                        s.offset(),
                                                        (int) s.filesz(),
                                                        s.memsz()))
                                .toList());
        layout.check(name);
        return layout;
    }

    /** The notes, if they permit a PV guest. */
    private static XenNotes accepted(ElfImage elf, Optional<XenNotes> found, String name)
            throws ImageException {
        if (found.isEmpty()) {
            throw new ImageException(
                    name,
                    "it has no Xen notes, so it is no PV kernel",
                    "use a kernel with Xen PV support (Linux: CONFIG_XEN_PV)");
        }
        XenNotes notes = found.get();
        // Linux built for PVH alone has all notes but these; Xen would start it and see it crash.
        if (notes.phys32Entry().isPresent()
                && notes.entry().isEmpty()
                && notes.virtBase().isEmpty()) {
            throw new ImageException(
                    name, "its Xen notes are those of a PVH kernel only", "use type=\"pvh\"");
        }
        boolean generic = notes.loader().orElse("").startsWith("generic");
        boolean linux = notes.guestOs().orElse("").startsWith("linux");
        if (!generic && !linux) {
            throw new ImageException(
                    name,
                    "its Xen notes name neither the loader \"generic\" nor the guest \"linux\"",
                    "use a kernel with Xen PV support");
        }
        if (!notes.xenVersion().orElse("").startsWith("xen-3.0")) {
            throw new ImageException(
                    name,
                    "it is made for \""
                            + notes.xenVersion().orElse("")
                            + "\", not for the Xen ABI \"xen-3.0\"",
                    "use a kernel with Xen PV support");
        }
        if (!notes.unknownRequiredFeatures().isEmpty()) {
            throw new ImageException(
                    name,
                    "it requires the unknown Xen features " + notes.unknownRequiredFeatures(),
                    "use another kernel");
        }
        if (!elf.is64Bit() && !notes.pae()) {
            throw new ImageException(
                    name,
                    "it is a 32-bit PV kernel without PAE, which Xen no longer runs",
                    "use a PAE kernel");
        }
        return notes;
    }

    private void check(String name) throws ImageException {
        if ((virtBase & PAGE_MASK) != 0) {
            throw bad(name, "VIRT_BASE", virtBase, "is not the start of a page");
        }
        if (less(virtKStart, virtBase) || !less(virtKStart, virtKEnd)) {
            throw bad(name, "VIRT_BASE", virtBase, "does not fit its segments");
        }
        if (less(virtEntry, virtKStart) || less(virtKEnd, virtEntry)) {
            throw bad(name, "entry", virtEntry, "lies outside the kernel");
        }
        if (!belongsToGuest(virtKStart, virtKEnd)) {
            throw bad(name, "start", virtKStart, "is in no part of the address space it may use");
        }
        if (hypercallPage.isPresent()) {
            long page = hypercallPage.getAsLong();
            if ((page & PAGE_MASK) != 0 || less(page, virtKStart) || !less(page, virtKEnd)) {
                throw bad(name, "HYPERCALL_PAGE", page, "is no page of the kernel");
            }
        }
        if (initP2m.isPresent()) {
            long p2m = initP2m.getAsLong();
            if (kind != GuestKind.PV64
                    || (p2m & PAGE_MASK) != 0
                    || !belongsToGuest(p2m, p2m + 1)
                    || !less(p2m, virtKStart) && less(p2m, virtKEnd)) {
                throw bad(name, "INIT_P2M", p2m, "is no place for the p2m list");
            }
        }
    }

    /** Whether [start, end) lies in one part of the address space and that is the guest's. */
    private boolean belongsToGuest(long start, long end) {
        if (kind == GuestKind.PV32) {
            return !less(XEN_HOLE_32, end);
        }
        return !less(LOWER_HALF_END, end)
                || !less(start, XEN_HOLE_64_END) && less(XEN_HOLE_64, end);
    }

    private static ImageException bad(String name, String what, long value, String problem) {
        return new ImageException(
                name, "its " + what + " 0x" + Long.toHexString(value) + " " + problem, REBUILD);
    }

    private static boolean less(long a, long b) {
        return Long.compareUnsigned(a, b) < 0;
    }

    private static long min(long a, long b) {
        return less(a, b) ? a : b;
    }

    private static long max(long a, long b) {
        return less(a, b) ? b : a;
    }
}
