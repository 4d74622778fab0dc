package org.xenolith.firmware.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

class XenNotesTest {
    private static Optional<XenNotes> notes(ElfBuilder elf) throws ImageException {
        return KernelImage.parse(elf.build(), "vmlinux").notes();
    }

    private static ElfBuilder small64() {
        return ElfBuilder.elf64().load(0x1000, 0x1000, new byte[16], 16);
    }

    private static ElfBuilder withGuestSection(String text) {
        byte[] bytes = (text + "\0garbage").getBytes(StandardCharsets.US_ASCII);
        return small64().section("__xen_guest", bytes);
    }

    @Test
    void readsTheNotesOfLinux() throws Exception {
        XenNotes notes = notes(SampleImages.linux()).orElseThrow();
        assertEquals(XenNotes.Source.NOTES, notes.source());
        assertEquals(OptionalLong.of(SampleImages.LINUX_BASE + 0x100_3040), notes.entry());
        assertEquals(OptionalLong.empty(), notes.hypercallPage());
        assertEquals(OptionalLong.of(SampleImages.LINUX_BASE), notes.virtBase());
        assertEquals(OptionalLong.of(0), notes.paddrOffset());
        assertEquals(Optional.of("xen-3.0"), notes.xenVersion());
        assertEquals(Optional.of("linux"), notes.guestOs());
        assertEquals(Optional.of("2.6"), notes.guestVersion());
        assertEquals(Optional.of("generic"), notes.loader());
        assertEquals(Optional.of("yes"), notes.paeMode());
        assertEquals(OptionalLong.of(0xffff_8000_0000_0000L), notes.hvStartLow());
        assertEquals(OptionalLong.of(0x80_0000_0000L), notes.initP2m());
        assertEquals(OptionalLong.of(0x100_0940), notes.phys32Entry());
        assertTrue(notes.modStartPfn());
        assertTrue(notes.suspendCancel());
        assertFalse(notes.bsdSymtab());
        assertEquals(Set.of(XenFeature.WRITABLE_PAGE_TABLES), notes.requiredFeatures());
        assertEquals(
                Set.of(
                        XenFeature.WRITABLE_PAGE_TABLES,
                        XenFeature.PAE_PGDIR_ABOVE_4GB,
                        XenFeature.DOM0,
                        XenFeature.LINUX_RSDP_UNRESTRICTED),
                notes.allSupportedFeatures());
    }

    @Test
    void readsNoteSectionsWhenNoSegmentHasNotes() throws Exception {
        XenNotes notes = notes(SampleImages.linux().notesInSectionOnly()).orElseThrow();
        assertEquals(OptionalLong.of(SampleImages.LINUX_BASE), notes.virtBase());
    }

    @Test
    void ignoresNotesOfOtherOwnersAndUnknownTypes() throws Exception {
        ElfBuilder gnu = small64().note("GNU", 3, new byte[] {'x', 'e', 'n', 0});
        assertEquals(Optional.empty(), notes(gnu));
        XenNotes notes = notes(gnu.note(0x2000, 7).note(6, "mini")).orElseThrow();
        assertEquals(Optional.of("mini"), notes.guestOs());
        assertEquals(OptionalLong.empty(), notes.virtBase());
    }

    @Test
    void numbersHaveTheSizeTheyHave() throws Exception {
        XenNotes notes =
                notes(
                                small64()
                                        .note("Xen", 1, new byte[] {1, 2, 3, (byte) 0x84})
                                        .note("Xen", 3, new byte[] {0, 0, 0, 0, 0, 0, 0, -1})
                                        .note("Xen", 15, new byte[3]))
                        .orElseThrow();
        assertEquals(OptionalLong.of(0x8403_0201L), notes.entry());
        assertEquals(OptionalLong.of(0xff00_0000_0000_0000L), notes.virtBase());
        assertEquals(OptionalLong.empty(), notes.initP2m());
    }

    @Test
    void aLastNoteThatClaimsTooMuchCountsAsFarAsItGoes() throws Exception {
        byte[] elf = small64().note(8, "generic").note("Xen", 9, "yes\0".getBytes()).build();
        // The size of its content stands 8 bytes before its owner.
        int header = lastNoteHeader(elf);
        assertEquals(4, elf[header + 4]);
        elf[header + 4] = 12;
        XenNotes notes = KernelImage.parse(elf, "grub").notes().orElseThrow();
        assertEquals(Optional.of("generic"), notes.loader());
        assertEquals(Optional.of("yes"), notes.paeMode());
    }

    private static int lastNoteHeader(byte[] elf) {
        String text = new String(elf, StandardCharsets.ISO_8859_1);
        return text.lastIndexOf("Xen\0yes\0") - 12;
    }

    @Test
    void textFromAnImageIsPrintable() throws Exception {
        XenNotes notes = notes(small64().note(6, "a\u001b[2Jb\nc")).orElseThrow();
        assertEquals(Optional.of("a?[2Jb?c"), notes.guestOs());
    }

    @Test
    void readsTheGuestSection() throws Exception {
        XenNotes notes =
                notes(
                                withGuestSection(
                                        "GUEST_OS=GNU-Mach,GUEST_VER=1.3,XEN_VER=xen-3.0,"
                                                + "VIRT_BASE=0x20000000,"
                                                + "ELF_PADDR_OFFSET=0x20000000,"
                                                + "VIRT_ENTRY=536875008,HYPERCALL_PAGE=0x2,"
                                                + "LOADER=generic,"
                                                + "PAE=yes[extended-cr3],BSD_SYMTAB,"
                                                + "FEATURES=pae_pgdir_above_4gb|!dom0"))
                        .orElseThrow();
        assertEquals(XenNotes.Source.GUEST_SECTION, notes.source());
        assertEquals(Optional.of("GNU-Mach"), notes.guestOs());
        assertEquals(Optional.of("1.3"), notes.guestVersion());
        assertEquals(OptionalLong.of(0x2000_0000), notes.virtBase());
        assertEquals(OptionalLong.of(0x2000_0000), notes.paddrOffset());
        assertEquals(OptionalLong.of(0x2000_1000), notes.entry());
        assertEquals(OptionalLong.of(0x2000_2000), notes.hypercallPage());
        assertEquals(List.of("pae_pgdir_above_4gb", "!dom0"), notes.features());
        assertTrue(notes.bsdSymtab());
        assertTrue(notes.pae());
    }

    @Test
    void notesWinOverTheGuestSection() throws Exception {
        XenNotes notes = notes(withGuestSection("GUEST_OS=old").note(6, "new")).orElseThrow();
        assertEquals(Optional.of("new"), notes.guestOs());
    }

    @Test
    void aGuestSectionWithABadNumberIsRefused() {
        ImageException e =
                assertThrows(ImageException.class, () -> notes(withGuestSection("VIRT_BASE=zero")));
        assertTrue(e.getMessage().contains("VIRT_BASE=zero"), e.getMessage());
    }

    @Test
    void unknownRequiredFeaturesAreNamed() throws Exception {
        XenNotes notes = notes(small64().note(10, "!levitation|teleport|!dom0")).orElseThrow();
        assertEquals(List.of("levitation"), notes.unknownRequiredFeatures());
        assertEquals(Set.of(XenFeature.DOM0), notes.requiredFeatures());
    }

    @Test
    void featureBitsAndNamesBelongTogether() {
        for (XenFeature feature : XenFeature.values()) {
            assertEquals(Set.of(feature), XenFeature.ofBits(1L << feature.bit()));
            assertEquals(Optional.of(feature), XenFeature.named(feature.featureName()));
        }
        assertEquals(
                Set.of(
                        XenFeature.PAE_PGDIR_ABOVE_4GB,
                        XenFeature.MMU_PT_UPDATE_PRESERVE_AD,
                        XenFeature.HIGHMEM_ASSIST,
                        XenFeature.GNTTAB_MAP_AVAIL_BITS,
                        XenFeature.MEMORY_OP_VNODE_SUPPORTED,
                        XenFeature.DIRECT_MAPPED),
                XenFeature.ofBits(0x220f0));
    }
}
