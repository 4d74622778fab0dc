package org.xenolith.firmware.image;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** The features of submap 0 that guests and Xen negotiate (public header features.h). */
public enum XenFeature {
    /** Page tables may be written directly. */
    WRITABLE_PAGE_TABLES(0),
    /** Descriptor tables may be written directly. */
    WRITABLE_DESCRIPTOR_TABLES(1),
    /** Xen translates guest frames to machine frames. */
    AUTO_TRANSLATED_PHYSMAP(2),
    /** The kernel runs in ring 0. */
    SUPERVISOR_MODE_KERNEL(3),
    /** PAE page directories may lie above 4 GiB. */
    PAE_PGDIR_ABOVE_4GB(4),
    /** mmu_update can keep accessed and dirty bits. */
    MMU_PT_UPDATE_PRESERVE_AD(5),
    /** Pages can be cleared and copied by hypercall. */
    HIGHMEM_ASSIST(6),
    /** Grant mapping honours the available bits of an entry. */
    GNTTAB_MAP_AVAIL_BITS(7),
    /** HVM guests can have a callback vector. */
    HVM_CALLBACK_VECTOR(8),
    /** HVM guests can trust the paravirtual clock. */
    HVM_SAFE_PVCLOCK(9),
    /** HVM guests can use physical interrupts. */
    HVM_PIRQS(10),
    /** Operation as dom0. */
    DOM0(11),
    /** Deprecated: grants also mapped at pfn = mfn. */
    GRANT_MAP_IDENTITY(12),
    /** memory_op knows virtual NUMA nodes. */
    MEMORY_OP_VNODE_SUPPORTED(13),
    /** ARM only. */
    ARM_SMCCC_SUPPORTED(14),
    /** PVH: the RSDP may lie anywhere. */
    LINUX_RSDP_UNRESTRICTED(15),
    /** The domain is not mapped gfn = mfn. */
    NOT_DIRECT_MAPPED(16),
    /** The domain is mapped gfn = mfn. */
    DIRECT_MAPPED(17),
    /** The runstate area can be registered by physical address. */
    RUNSTATE_PHYS_AREA(18),
    /** The time area can be registered by physical address. */
    VCPU_TIME_PHYS_AREA(19),
    /** The device model sees all MSI-X control writes. */
    DM_MSIX_ALL_WRITES(20);

    private final int bit;

    XenFeature(int bit) {
        this.bit = bit;
    }

    /** The bit number in submap 0. */
    public int bit() {
        return bit;
    }

    /** The name as notes write it, such as {@code pae_pgdir_above_4gb}. */
    public String featureName() {
        return this == ARM_SMCCC_SUPPORTED
                ? "ARM_SMCCC_supported"
                : name().toLowerCase(Locale.ROOT);
    }

    /** The feature of that name. */
    public static Optional<XenFeature> named(String name) {
        for (XenFeature feature : values()) {
            if (feature.featureName().equals(name)) {
                return Optional.of(feature);
            }
        }
        return Optional.empty();
    }

    /** The features whose bits are set in a submap; bits without a feature are ignored. */
    public static Set<XenFeature> ofBits(long submap) {
        Set<XenFeature> features = EnumSet.noneOf(XenFeature.class);
        for (XenFeature feature : values()) {
            if ((submap >>> feature.bit & 1) != 0) {
                features.add(feature);
            }
        }
        return features;
    }
}
