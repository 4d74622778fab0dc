package org.xenolith.firmware.image;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What a kernel says about itself to Xen: its ELF notes of owner "Xen", or in old images the string
 * in the section {@code __xen_guest} (public header elfnote.h). Fields are absent where the image
 * says nothing; defaults are applied in {@link PvLayout}. Addresses are unsigned.
 *
 * @param source where this comes from
 * @param entry ENTRY (1): virtual address of the PV entry point
 * @param hypercallPage HYPERCALL_PAGE (2): virtual address, also where the old string gives a page
 *     index
 * @param virtBase VIRT_BASE (3): virtual address of guest-physical address 0
 * @param paddrOffset PADDR_OFFSET (4): what the ELF physical addresses lie too high by
 * @param xenVersion XEN_VERSION (5)
 * @param guestOs GUEST_OS (6)
 * @param guestVersion GUEST_VERSION (7)
 * @param loader LOADER (8)
 * @param paeMode PAE_MODE (9), as written
 * @param features FEATURES (10): the list as written, '!' before what the kernel requires
 * @param bsdSymtab BSD_SYMTAB (11): the kernel wants its symbol table loaded
 * @param hvStartLow HV_START_LOW (12): lowest virtual address at which Xen's hole may begin
 * @param suspendCancel SUSPEND_CANCEL (14): a suspend may be cancelled
 * @param initP2m INIT_P2M (15): virtual address at which the kernel wants its p2m list
 * @param modStartPfn MOD_START_PFN (16): the ramdisk need not be mapped; mod_start is a frame
 *     number
 * @param supportedFeatures SUPPORTED_FEATURES (17): submap 0
 * @param phys32Entry PHYS32_ENTRY (18): physical address of the PVH entry point
 */
public record XenNotes(
        Source source,
        OptionalLong entry,
        OptionalLong hypercallPage,
        OptionalLong virtBase,
        OptionalLong paddrOffset,
        Optional<String> xenVersion,
        Optional<String> guestOs,
        Optional<String> guestVersion,
        Optional<String> loader,
        Optional<String> paeMode,
        List<String> features,
        boolean bsdSymtab,
        OptionalLong hvStartLow,
        boolean suspendCancel,
        OptionalLong initP2m,
        boolean modStartPfn,
        OptionalLong supportedFeatures,
        OptionalLong phys32Entry) {

    /** Where an image keeps this information. */
    public enum Source {
        /** ELF notes of owner "Xen". */
        NOTES,
        /** The string in section {@code __xen_guest}. */
        GUEST_SECTION
    }

    /** Copies the list. */
    public XenNotes {
        features = List.copyOf(features);
    }

    /** The known features without which the kernel does not run. */
    public Set<XenFeature> requiredFeatures() {
        Set<XenFeature> required = EnumSet.noneOf(XenFeature.class);
        for (String feature : features) {
            if (feature.startsWith("!")) {
                XenFeature.named(feature.substring(1)).ifPresent(required::add);
            }
        }
        return required;
    }

    /** The known features that the kernel can use, whether by name or by number. */
    public Set<XenFeature> allSupportedFeatures() {
        Set<XenFeature> supported = XenFeature.ofBits(supportedFeatures.orElse(0));
        for (String feature : features) {
            XenFeature.named(feature.startsWith("!") ? feature.substring(1) : feature)
                    .ifPresent(supported::add);
        }
        return supported;
    }

    /** Names of required features that no Xen header defines: such a kernel cannot run. */
    public List<String> unknownRequiredFeatures() {
        return features.stream()
                .filter(f -> f.startsWith("!") && XenFeature.named(f.substring(1)).isEmpty())
                .map(f -> f.substring(1))
                .toList();
    }

    /** Whether a 32-bit kernel uses PAE page tables; the only kind Xen still runs. */
    public boolean pae() {
        String mode = paeMode.orElse("");
        return mode.startsWith("yes") || mode.contains("bimodal");
    }
}
