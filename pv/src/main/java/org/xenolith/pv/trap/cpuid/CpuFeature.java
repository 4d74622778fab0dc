package org.xenolith.pv.trap.cpuid;

/**
 * Features that a PV guest is offered: those that the processor implements and that make sense
 * without ring 0 (SDM vol. 2A, CPUID). What is not listed reads as absent: no VME, PSE, PGE, MTRR,
 * APIC, machine checks or SYSENTER.
 */
public enum CpuFeature {
    FPU(Word.LEAF_1_EDX, 0),
    TSC(Word.LEAF_1_EDX, 4),
    MSR(Word.LEAF_1_EDX, 5),
    PAE(Word.LEAF_1_EDX, 6),
    CX8(Word.LEAF_1_EDX, 8),
    CMOV(Word.LEAF_1_EDX, 15),
    PAT(Word.LEAF_1_EDX, 16),
    CLFLUSH(Word.LEAF_1_EDX, 19),
    MMX(Word.LEAF_1_EDX, 23),
    FXSR(Word.LEAF_1_EDX, 24),
    SSE(Word.LEAF_1_EDX, 25),
    SSE2(Word.LEAF_1_EDX, 26),
    SSE3(Word.LEAF_1_ECX, 0),
    SSSE3(Word.LEAF_1_ECX, 9),
    CX16(Word.LEAF_1_ECX, 13),
    SSE4_1(Word.LEAF_1_ECX, 19),
    SSE4_2(Word.LEAF_1_ECX, 20),
    MOVBE(Word.LEAF_1_ECX, 22),
    POPCNT(Word.LEAF_1_ECX, 23),

    /** x87 and SSE state in the standard format; the one switch for XSAVE, XSETBV and leaf 0xd. */
    XSAVE(Word.LEAF_1_ECX, 26, true),
    HYPERVISOR(Word.LEAF_1_ECX, 31),
    SYSCALL(Word.EXTENDED_1_EDX, 11),
    NX(Word.EXTENDED_1_EDX, 20),
    LM(Word.EXTENDED_1_EDX, 29),
    LAHF_LM(Word.EXTENDED_1_ECX, 0);

    /** The registers of CPUID that hold feature bits. */
    enum Word {
        LEAF_1_EDX,
        LEAF_1_ECX,
        EXTENDED_1_EDX,
        EXTENDED_1_ECX,
        LEAF_7_EBX,
        LEAF_7_ECX
    }

    /** Leaf 1, ECX: the operating system has enabled XSAVE; follows CR4. */
    static final int OSXSAVE = 1 << 27;

    private final Word word;
    private final int bit;
    private final boolean present;

    CpuFeature(Word word, int bit) {
        this(word, bit, true);
    }

    CpuFeature(Word word, int bit, boolean present) {
        this.word = word;
        this.bit = bit;
        this.present = present;
    }

    /** Whether guests have this feature. */
    public boolean present() {
        return present;
    }

    /** All offered features in one register. */
    static int bits(Word word) {
        int bits = 0;
        for (CpuFeature feature : values()) {
            if (feature.word == word && feature.present) {
                bits |= 1 << feature.bit;
            }
        }
        return bits;
    }
}
