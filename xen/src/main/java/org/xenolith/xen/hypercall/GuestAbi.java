package org.xenolith.xen.hypercall;

/**
 * The layouts of what a guest and the hypervisor pass each other in memory. The 32-bit and 64-bit
 * layouts (public/arch-x86/xen-x86_32.h and xen-x86_64.h) differ in the size of a word: C's
 * unsigned long, frame numbers and guest handles. Fields of fixed size are the same, but i386
 * aligns 64-bit fields to 4 bytes only. Formulas in terms of the word serve both.
 */
public enum GuestAbi {
    I386(4),
    X86_64(8);

    /** Bytes of a word: 4 or 8. */
    public final int word;

    GuestAbi(int word) {
        this.word = word;
    }

    /** Bits of a word: 32 or 64. */
    public int bits() {
        return 8 * word;
    }

    /**
     * Ports of the 2-level encoding of events: a word of selectors, each for one of pending bits.
     */
    public int ports() {
        return bits() * bits();
    }
}
