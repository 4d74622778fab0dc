package org.xenolith.xen.cpuid;

import java.nio.charset.StandardCharsets;

/** Xen's own CPUID leaves, from 0x40000000 (public/arch-x86/cpuid.h). */
public final class XenLeaves {
    /** The first leaf. */
    public static final int BASE = 0x40000000;

    /** How many follow the first. */
    public static final int LEAVES = 5;

    /** The MSR through which a guest has its hypercall page filled. */
    public static final int HYPERCALL_MSR = 0x40000000;

    private static final int XEN_VERSION = 4 << 16 | 17;
    private static final String VENDOR = "XenVMMXenVMM";

    /** Leaf 2, ECX: MMU_PT_UPDATE_PRESERVE_AD. */
    private static final int PRESERVE_AD = 1;

    /** Leaf 4, EAX: EBX is the processor's id, ECX the domain's, and the upcall has a vector. */
    private static final int HVM_VCPU_ID = 1 << 3;

    private static final int HVM_DOMID = 1 << 4;
    private static final int HVM_UPCALL_VECTOR = 1 << 6;

    /** TSC and system clock both count nanoseconds. */
    private static final int TSC_KHZ = 1_000_000;

    /** Scale of 1: (ticks << 1) * 0x80000000 >> 32. */
    private static final int TSC_MULTIPLIER = 0x80000000;

    private static final int TSC_SHIFT = 1;
    private static final int HOST_TSC_RELIABLE = 1 << 1;

    /** Result of the last {@link #query}. */
    public int eax;

    public int ebx;
    public int ecx;
    public int edx;

    /** What leaves 4 and 5 depend on. */
    public sealed interface Kind {
        /**
         * A PV domain.
         *
         * @param machineAddressBits width of the machine addresses that it may see
         */
        record Pv(int machineAddressBits) implements Kind {}

        /**
         * An HVM or PVH domain.
         *
         * @param domid its number
         */
        record Hvm(int domid) implements Kind {}
    }

    private final Kind kind;

    /** The leaves of a domain. */
    public XenLeaves(Kind kind) {
        this.kind = kind;
    }

    /** Whether a leaf is one of these. */
    public static boolean contains(int leaf) {
        return leaf >= BASE && leaf <= BASE + LEAVES;
    }

    /**
     * Looks up a leaf; the answer stands in the fields.
     *
     * @param leaf one that {@link #contains} knows
     * @param vcpu id of the processor that asks
     */
    public void query(int leaf, int subleaf, int vcpu) {
        set(0, 0, 0, 0);
        switch (leaf - BASE) {
            case 0 -> set(BASE + LEAVES, word(0), word(4), word(8));
            case 1 -> eax = XEN_VERSION;
            case 2 -> set(1, HYPERCALL_MSR, kind instanceof Kind.Pv ? PRESERVE_AD : 0, 0);
            case 3 -> time(subleaf);
            case 4 -> {
                if (kind instanceof Kind.Hvm hvm && subleaf == 0) {
                    set(HVM_VCPU_ID | HVM_DOMID | HVM_UPCALL_VECTOR, vcpu, hvm.domid(), 0);
                }
            }
            default -> {
                if (kind instanceof Kind.Pv pv && subleaf == 0) {
                    ebx = pv.machineAddressBits();
                }
            }
        }
    }

    private void time(int subleaf) {
        switch (subleaf) {
            case 0 -> set(HOST_TSC_RELIABLE, 0, TSC_KHZ, 0);
            case 1 -> set(0, 0, TSC_MULTIPLIER, TSC_SHIFT);
            case 2 -> eax = TSC_KHZ;
            default -> {
                // reads as zero
            }
        }
    }

    private void set(int a, int b, int c, int d) {
        eax = a;
        ebx = b;
        ecx = c;
        edx = d;
    }

    private static int word(int at) {
        byte[] bytes = VENDOR.getBytes(StandardCharsets.US_ASCII);
        return bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24;
    }
}
