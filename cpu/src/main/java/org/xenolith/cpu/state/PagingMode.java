package org.xenolith.cpu.state;

/** Ways to translate linear addresses (SDM vol. 3A, 5.1.1). */
public enum PagingMode {
    /** CR0.PG is 0: linear addresses are physical ones. */
    NONE,
    /** 32-bit paging. */
    TWO_LEVEL,
    /** PAE paging. */
    PAE,
    FOUR_LEVEL,
    FIVE_LEVEL;

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
}
