package org.xenolith.cpu.state;

/** Ways to translate linear addresses (SDM vol. 3A, 5.1.1). */
public enum PagingMode {
    /** CR0.PG is 0: linear addresses are physical ones. */
    NONE(32),
    /** 32-bit paging. */
    TWO_LEVEL(32),
    /** PAE paging. */
    PAE(32),
    FOUR_LEVEL(48),
    FIVE_LEVEL(57);

    /** Significant bits of a linear address; in IA-32e mode the others repeat the last of them. */
    final int linearBits;

    PagingMode(int linearBits) {
        this.linearBits = linearBits;
    }

    /** The mode that CR0, CR4 and IA32_EFER choose. */
    static PagingMode of(long cr0, long cr4, long efer) {
        if ((cr0 & Cpu.CR0_PG) == 0) {
            return NONE;
        }
        if ((efer & Cpu.EFER_LMA) != 0) {
            return (cr4 & Cpu.CR4_LA57) != 0 ? FIVE_LEVEL : FOUR_LEVEL;
        }
        return (cr4 & Cpu.CR4_PAE) != 0 ? PAE : TWO_LEVEL;
    }

    /**
     * Whether {@code va} is canonical; without IA-32e mode, whether it has no more than 32 bits.
     */
    public boolean canonical(long va) {
        int unused = 64 - linearBits;
        return linearBits == 32 ? va >>> 32 == 0 : va << unused >> unused == va;
    }
}
