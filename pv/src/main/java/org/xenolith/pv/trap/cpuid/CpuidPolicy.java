package org.xenolith.pv.trap.cpuid;

import org.xenolith.cpu.isa.StateComponents;
import org.xenolith.cpu.model.Feature;
import org.xenolith.cpu.model.FeatureSet;
import org.xenolith.cpu.model.FeatureWord;
import org.xenolith.xen.cpuid.XenLeaves;

import java.nio.charset.StandardCharsets;

/**
 * The CPUID leaves of a PV guest: an in-order Intel core (family 6, model 0x1c), which needs no
 * mitigation of speculative execution, with the features of {@link OfferedFeatures} and {@link
 * XenLeaves}. Leaves out of range read as zero.
 *
 * <p>Static but for OSXSAVE and the size of the XSAVE area. As with Xen, a PV guest sees APIC id 0
 * on every processor and no topology leaf.
 */
public final class CpuidPolicy {
    /** Highest basic leaf. */
    static final int MAX_BASIC = 0xd;

    /** Highest extended leaf. */
    static final int MAX_EXTENDED = 0x80000008;

    /** What XCR0 may name: as the processor has it where no model says otherwise. */
    private static final long COMPONENTS =
            StateComponents.X87 | StateComponents.SSE | StateComponents.AVX;

    /** Family 6, extended model 1, model 0xc, stepping 10. */
    private static final int SIGNATURE = 0x000106ca;

    private static final FeatureSet OFFERED = OfferedFeatures.SET;
    private static final int LINE_BYTES = 64;
    private static final String VENDOR = "GenuineIntel";
    private static final String BRAND = "Xenolith virtual processor";
    private static final int LINEAR_BITS = 48;
    private static final int PHYSICAL_BITS = 46;

    private final XenLeaves xen;
    private final byte[] brand = new byte[48];

    /** Result of the last {@link #query}. */
    public int eax;

    public int ebx;
    public int ecx;
    public int edx;

    /**
     * The policy on a machine with so much memory.
     *
     * @param machineFrames frames of RAM, at least 1
     */
    public CpuidPolicy(long machineFrames) {
        int addressBits = 64 - Long.numberOfLeadingZeros(machineFrames - 1) + 12;
        xen = new XenLeaves(new XenLeaves.Kind.Pv(addressBits));
        byte[] text = BRAND.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, brand, 0, text.length);
    }

    /**
     * Looks up a leaf; the answer stands in the fields.
     *
     * @param osxsave whether leaf 1 shows OSXSAVE
     * @param xcr0 the processor's XCR0, to which leaf 0xd fits the size of the XSAVE area
     */
    public void query(int leaf, int subleaf, boolean osxsave, long xcr0) {
        eax = 0;
        ebx = 0;
        ecx = 0;
        edx = 0;
        if (leaf >= 0 && leaf <= MAX_BASIC) {
            basic(leaf, subleaf, osxsave, xcr0);
        } else if (XenLeaves.contains(leaf)) {
            hypervisor(leaf, subleaf);
        } else if (leaf < 0 && leaf <= MAX_EXTENDED) {
            extended(leaf & 0xffff);
        }
    }

    private void basic(int leaf, int subleaf, boolean osxsave, long xcr0) {
        switch (leaf) {
            case 0 -> {
                eax = MAX_BASIC;
                ebx = word(VENDOR, 0);
                edx = word(VENDOR, 4);
                ecx = word(VENDOR, 8);
            }
            case 1 -> {
                eax = SIGNATURE;
                ebx = LINE_BYTES / 8 << 8 | 1 << 16;
                ecx = OFFERED.bits(FeatureWord.LEAF_1_ECX);
                edx = OFFERED.bits(FeatureWord.LEAF_1_EDX);
                if (osxsave && OFFERED.has(Feature.XSAVE)) {
                    ecx |= Feature.OSXSAVE.mask();
                }
            }
            case 2 -> eax = 0x0000ff01; // one round; descriptor ff: see leaf 4
            case 4 -> cache(subleaf);
            case 7 -> {
                if (subleaf == 0) {
                    ebx = OFFERED.bits(FeatureWord.LEAF_7_EBX);
                    ecx = OFFERED.bits(FeatureWord.LEAF_7_ECX);
                }
            }
            case 0xd -> {
                if (OFFERED.has(Feature.XSAVE)) {
                    extendedState(subleaf, xcr0);
                }
            }
            default -> {
                // reads as zero
            }
        }
    }

    /** Leaf 0xd: the components, the area's size, the instructions, and each extended component. */
    private void extendedState(int subleaf, long xcr0) {
        switch (subleaf) {
            case 0 -> {
                eax = (int) COMPONENTS;
                ebx = StateComponents.size(xcr0);
                ecx = StateComponents.size(COMPONENTS);
            }
            case 1 -> {
                eax = OFFERED.bits(FeatureWord.LEAF_D_1_EAX);
                ebx = StateComponents.compactedSize(xcr0);
            }
            case 2 -> {
                eax = StateComponents.AVX_SIZE;
                ebx = StateComponents.BASE_SIZE;
            }
            default -> {
                // no such component
            }
        }
    }

    /** Leaf 4: level 1 data and code of 32 KiB, level 2 of 512 KiB, all 8-way, not shared. */
    private void cache(int subleaf) {
        if (subleaf < 0 || subleaf > 2) {
            return;
        }
        int type = subleaf + 1;
        int level = subleaf == 2 ? 2 : 1;
        int ways = 8;
        int bytes = subleaf == 2 ? 512 << 10 : 32 << 10;
        eax = type | level << 5 | 1 << 8;
        ebx = ways - 1 << 22 | LINE_BYTES - 1;
        ecx = bytes / ways / LINE_BYTES - 1;
    }

    private void extended(int leaf) {
        switch (leaf) {
            case 0 -> eax = MAX_EXTENDED;
            case 1 -> {
                ecx = OFFERED.bits(FeatureWord.EXTENDED_1_ECX);
                edx = OFFERED.bits(FeatureWord.EXTENDED_1_EDX);
            }
            case 2, 3, 4 -> {
                int at = (leaf - 2) * 16;
                eax = word(brand, at);
                ebx = word(brand, at + 4);
                ecx = word(brand, at + 8);
                edx = word(brand, at + 12);
            }
            case 6 -> ecx = 512 << 16 | 6 << 12 | LINE_BYTES;
            case 8 -> eax = LINEAR_BITS << 8 | PHYSICAL_BITS;
            default -> {
                // reads as zero
            }
        }
    }

    private void hypervisor(int leaf, int subleaf) {
        xen.query(leaf, subleaf, 0);
        eax = xen.eax;
        ebx = xen.ebx;
        ecx = xen.ecx;
        edx = xen.edx;
    }

    private static int word(String text, int at) {
        return word(text.getBytes(StandardCharsets.US_ASCII), at);
    }

    private static int word(byte[] bytes, int at) {
        int value = 0;
        for (int i = 3; i >= 0; i--) {
            value = value << 8 | bytes[at + i] & 0xff;
        }
        return value;
    }
}
