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
    PCLMULQDQ(Word.LEAF_1_ECX, 1),
    SSSE3(Word.LEAF_1_ECX, 9),
    FMA(Word.LEAF_1_ECX, 12),
    CX16(Word.LEAF_1_ECX, 13),
    SSE4_1(Word.LEAF_1_ECX, 19),
    SSE4_2(Word.LEAF_1_ECX, 20),
    MOVBE(Word.LEAF_1_ECX, 22),
    POPCNT(Word.LEAF_1_ECX, 23),
    AES(Word.LEAF_1_ECX, 25),

    /** x87, SSE and AVX state; the one switch for XSAVE, XSETBV and leaf 0xd. */
    XSAVE(Word.LEAF_1_ECX, 26, true),
    AVX(Word.LEAF_1_ECX, 28),
    F16C(Word.LEAF_1_ECX, 29),

    /** From a seeded generator: see {@code RandomSource}. */
    RDRAND(Word.LEAF_1_ECX, 30),
    HYPERVISOR(Word.LEAF_1_ECX, 31),
    SYSCALL(Word.EXTENDED_1_EDX, 11),
    NX(Word.EXTENDED_1_EDX, 20),
    RDTSCP(Word.EXTENDED_1_EDX, 27),
    LM(Word.EXTENDED_1_EDX, 29),
    LAHF_LM(Word.EXTENDED_1_ECX, 0),

    /** LZCNT. */
    ABM(Word.EXTENDED_1_ECX, 5),
    FSGSBASE(Word.LEAF_7_EBX, 0),
    BMI1(Word.LEAF_7_EBX, 3),
    AVX2(Word.LEAF_7_EBX, 5),
    BMI2(Word.LEAF_7_EBX, 8),
    RDSEED(Word.LEAF_7_EBX, 18),
    ADX(Word.LEAF_7_EBX, 19),
    CLFLUSHOPT(Word.LEAF_7_EBX, 23),
    CLWB(Word.LEAF_7_EBX, 24),
    SHA(Word.LEAF_7_EBX, 29),
    GFNI(Word.LEAF_7_ECX, 8),
    VAES(Word.LEAF_7_ECX, 9),
    VPCLMULQDQ(Word.LEAF_7_ECX, 10),
    RDPID(Word.LEAF_7_ECX, 22),
    XSAVEOPT(Word.LEAF_D_1_EAX, 0),
    XSAVEC(Word.LEAF_D_1_EAX, 1),

    /** XGETBV with ECX = 1. */
    XGETBV1(Word.LEAF_D_1_EAX, 2);

    /** The registers of CPUID that hold feature bits. */
    enum Word {
        LEAF_1_EDX,
        LEAF_1_ECX,
        EXTENDED_1_EDX,
        EXTENDED_1_ECX,
        LEAF_7_EBX,
        LEAF_7_ECX,
        LEAF_D_1_EAX
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
