package org.xenolith.firmware.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenolith.firmware.image.PvLayout.LoadSegment;

import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;

class PvLayoutTest {
    private static PvLayout layout(ElfBuilder elf) throws ImageException {
        return KernelImage.parse(elf.build(), "vmlinux").pvLayout();
    }

    private static String refusal(ElfBuilder elf) {
        ImageException e = assertThrows(ImageException.class, () -> layout(elf));
        assertEquals(1, e.getMessage().lines().count());
        return e.getMessage();
    }

    private static ElfBuilder pv(ElfBuilder elf) {
        return elf.note(8, "generic").note(5, "xen-3.0");
    }

    /** One page at ELF virtual and physical address 0x1000. */
    private static ElfBuilder page() {
        return ElfBuilder.elf64().entry(0x1000).load(0x1000, 0x1000, new byte[16], 4096);
    }

    @Test
    void placesLinux() throws Exception {
        PvLayout layout = layout(SampleImages.linux());
        long base = SampleImages.LINUX_BASE;
        assertEquals(GuestKind.PV64, layout.kind());
        assertEquals(base, layout.virtBase());
        assertEquals(base, layout.virtOffset());
        assertEquals(base + 0x100_0000, layout.virtKStart());
        assertEquals(base + 0x100_5000, layout.virtKEnd());
        assertEquals(0x100_0000, layout.physicalStart());
        assertEquals(0x100_5000, layout.physicalEnd());
        assertEquals(base + 0x100_3040, layout.virtEntry());
        assertEquals(OptionalLong.of(0x80_0000_0000L), layout.initP2m());
        assertTrue(layout.ramdiskUnmapped());
        LoadSegment text = layout.segments().get(0);
        assertEquals(base + 0x100_0000, text.virtual());
        assertEquals(0x100_0000, text.physical());
        assertEquals(SampleImages.TEXT_SIZE, text.fileSize());
        LoadSegment perCpu = layout.segments().get(1);
        assertEquals(base + 0x100_3000, perCpu.virtual());
        assertEquals(0x100_3000, perCpu.physical());
        assertEquals(100, perCpu.fileSize());
        assertEquals(0x2000, perCpu.memorySize());
    }

    @Test
    void segmentsPointAtTheirBytes() throws Exception {
        KernelImage image = KernelImage.parse(SampleImages.linux().build(), "vmlinux");
        LoadSegment text = image.pvLayout().segments().get(0);
        byte[] bytes = new byte[text.fileSize()];
        image.payload().orElseThrow().copyTo(text.fileOffset(), bytes, 0, bytes.length);
        assertEquals(
                new String(SampleImages.code(SampleImages.TEXT_SIZE), StandardCharsets.ISO_8859_1),
                new String(bytes, StandardCharsets.ISO_8859_1));
    }

    @Test
    void defaultsOfNotesAreBaseAndOffsetZeroAndTheElfEntry() throws Exception {
        PvLayout layout = layout(pv(page()));
        assertEquals(0, layout.virtBase());
        assertEquals(0, layout.elfPaddrOffset());
        assertEquals(0x1000, layout.virtKStart());
        assertEquals(0x1000, layout.virtEntry());
        assertEquals(0x1000, layout.physicalStart());
    }

    @Test
    void offsetOfTheGuestSectionDefaultsToTheBase() throws Exception {
        String guest = "LOADER=generic,XEN_VER=xen-3.0,VIRT_BASE=0xC0000000,PAE=yes";
        PvLayout layout =
                layout(
                        ElfBuilder.elf32()
                                .entry(0xc010_0000L)
                                .load(0xc010_0000L, 0xc010_0000L, new byte[16], 0x3000)
                                .section("__xen_guest", guest.getBytes(StandardCharsets.UTF_8)));
        assertEquals(GuestKind.PV32, layout.kind());
        assertEquals(0xc000_0000L, layout.elfPaddrOffset());
        assertEquals(0, layout.virtOffset());
        assertEquals(0xc010_0000L, layout.virtKStart());
        assertEquals(0x10_0000, layout.physicalStart());
        assertEquals(0x10_0000, layout.segments().getFirst().physical());
    }

    @Test
    void refusesWhatIsNoPvKernel() {
        assertTrue(refusal(page()).contains("no Xen notes"));
        assertTrue(refusal(page().note(18, 0x1000)).contains("PVH"));
        assertTrue(refusal(page().note(8, "grub").note(5, "xen-3.0")).contains("generic"));
        assertTrue(refusal(page().note(8, "generic").note(5, "xen-2.0")).contains("xen-2.0"));
        assertTrue(refusal(pv(page()).note(10, "!levitation")).contains("levitation"));
        ElfBuilder noPae = ElfBuilder.elf32().entry(0).load(0, 0, new byte[16], 4096);
        assertTrue(refusal(pv(noPae)).contains("PAE"));
    }

    @Test
    void refusesAddressesThatDoNotFit() {
        assertTrue(refusal(pv(page()).note(4, 0)).contains("no VIRT_BASE"));
        assertTrue(refusal(pv(page()).note(3, 0x10)).contains("VIRT_BASE 0x10"));
        assertTrue(refusal(pv(page()).note(1, 0x5000)).contains("entry 0x5000"));
        assertTrue(refusal(pv(page()).note(2, 0x1010)).contains("HYPERCALL_PAGE"));
        assertTrue(refusal(pv(page()).note(2, 0x2000)).contains("HYPERCALL_PAGE"));
        assertTrue(refusal(pv(page()).note(15, 0x1000)).contains("INIT_P2M"));
        assertTrue(refusal(pv(page()).note(15, 0xffff_8000_0000_0000L)).contains("INIT_P2M"));
        // ELF physical addresses below PADDR_OFFSET would be guest-physical addresses below 0.
        assertTrue(refusal(pv(page()).note(3, 0x1000).note(4, 0x2000)).contains("VIRT_BASE"));
        long hole = 0xffff_8000_0000_0000L;
        assertTrue(refusal(pv(page()).note(3, hole).note(1, hole + 0x1000)).contains("may use"));
        long uncanonical = 0x0001_0000_0000_0000L;
        assertTrue(
                refusal(pv(page()).note(3, uncanonical).note(1, uncanonical + 0x1000))
                        .contains("may use"));
        ElfBuilder high32 =
                ElfBuilder.elf32()
                        .entry(0xf580_0000L)
                        .load(0, 0xf580_0000L, new byte[16], 4096)
                        .note(9, "yes");
        assertTrue(refusal(pv(high32)).contains("may use"));
    }

    @Test
    void acceptsAHypercallPageInTheKernel() throws Exception {
        assertEquals(OptionalLong.of(0x1000), layout(pv(page()).note(2, 0x1000)).hypercallPage());
    }
}
