package org.xenolith.cpu.model;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * CPUID feature bits (SDM vol. 2A, CPUID; APM vol. 3, appendix E), named as in Linux's
 * /proc/cpuinfo. What the processor does not implement cannot be advertised.
 */
public enum Feature {
    FPU(Word.LEAF_1_EDX, 0),
    VME(Word.LEAF_1_EDX, 1),
    DE(Word.LEAF_1_EDX, 2),
    PSE(Word.LEAF_1_EDX, 3),
    TSC(Word.LEAF_1_EDX, 4),
    MSR(Word.LEAF_1_EDX, 5),
    PAE(Word.LEAF_1_EDX, 6),
    MCE(Word.LEAF_1_EDX, 7),
    CX8(Word.LEAF_1_EDX, 8),
    APIC(Word.LEAF_1_EDX, 9),
    SEP(Word.LEAF_1_EDX, 11),
    MTRR(Word.LEAF_1_EDX, 12),
    PGE(Word.LEAF_1_EDX, 13),
    MCA(Word.LEAF_1_EDX, 14),
    CMOV(Word.LEAF_1_EDX, 15),
    PAT(Word.LEAF_1_EDX, 16),
    PSE36(Word.LEAF_1_EDX, 17),
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
    PCID(Word.LEAF_1_ECX, 17),
    SSE4_1(Word.LEAF_1_ECX, 19),
    SSE4_2(Word.LEAF_1_ECX, 20),
    X2APIC(Word.LEAF_1_ECX, 21),
    MOVBE(Word.LEAF_1_ECX, 22),
    POPCNT(Word.LEAF_1_ECX, 23),
    TSC_DEADLINE_TIMER(Word.LEAF_1_ECX, 24),
    AES(Word.LEAF_1_ECX, 25),
    XSAVE(Word.LEAF_1_ECX, 26),
    AVX(Word.LEAF_1_ECX, 28),
    F16C(Word.LEAF_1_ECX, 29),
    RDRAND(Word.LEAF_1_ECX, 30),
    SYSCALL(Word.EXTENDED_1_EDX, 11),
    NX(Word.EXTENDED_1_EDX, 20),
    PDPE1GB(Word.EXTENDED_1_EDX, 26),
    RDTSCP(Word.EXTENDED_1_EDX, 27),
    LM(Word.EXTENDED_1_EDX, 29),
    LAHF_LM(Word.EXTENDED_1_ECX, 0),
    ABM(Word.EXTENDED_1_ECX, 5),
    PREFETCHW(Word.EXTENDED_1_ECX, 8),
    FSGSBASE(Word.LEAF_7_EBX, 0),
    TSC_ADJUST(Word.LEAF_7_EBX, 1),
    BMI1(Word.LEAF_7_EBX, 3),
    AVX2(Word.LEAF_7_EBX, 5),
    SMEP(Word.LEAF_7_EBX, 7),
    BMI2(Word.LEAF_7_EBX, 8),
    ERMS(Word.LEAF_7_EBX, 9),
    INVPCID(Word.LEAF_7_EBX, 10),
    RDSEED(Word.LEAF_7_EBX, 18),
    ADX(Word.LEAF_7_EBX, 19),
    SMAP(Word.LEAF_7_EBX, 20),
    CLFLUSHOPT(Word.LEAF_7_EBX, 23),
    CLWB(Word.LEAF_7_EBX, 24),
    SHA(Word.LEAF_7_EBX, 29),
    UMIP(Word.LEAF_7_ECX, 2),
    PKU(Word.LEAF_7_ECX, 3),
    GFNI(Word.LEAF_7_ECX, 8),
    VAES(Word.LEAF_7_ECX, 9),
    VPCLMULQDQ(Word.LEAF_7_ECX, 10),
    LA57(Word.LEAF_7_ECX, 16),
    RDPID(Word.LEAF_7_ECX, 22),
    XSAVEOPT(Word.LEAF_D_1_EAX, 0),
    XSAVEC(Word.LEAF_D_1_EAX, 1),
    XGETBV1(Word.LEAF_D_1_EAX, 2),
    ARAT(Word.LEAF_6_EAX, 2),
    INVARIANT_TSC(Word.EXTENDED_7_EDX, 8);

    /** The registers of CPUID that hold feature bits. */
    public enum Word {
        LEAF_1_EDX,
        LEAF_1_ECX,
        LEAF_6_EAX,
        LEAF_7_EBX,
        LEAF_7_ECX,
        LEAF_D_1_EAX,
        EXTENDED_1_EDX,
        EXTENDED_1_ECX,
        EXTENDED_7_EDX
    }

    private static final Map<String, Feature> BY_NAME = byName();

    private final Word word;
    private final int bit;

    Feature(Word word, int bit) {
        this.word = word;
        this.bit = bit;
    }

    /** The register that holds the bit. */
    public Word word() {
        return word;
    }

    /** Its mask. */
    public int mask() {
        return 1 << bit;
    }

    /** Name in lower case, as the tables and the command line have it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The feature with this name, or null; QEMU's spellings (sse4.1, pclmulqdq, lzcnt) count too.
     */
    public static Feature named(String name) {
        return BY_NAME.get(name.toLowerCase(Locale.ROOT).replace('.', '_').replace('-', '_'));
    }

    private static Map<String, Feature> byName() {
        Map<String, Feature> names = new HashMap<>();
        for (Feature feature : values()) {
            names.put(feature.label(), feature);
        }
        names.put("lzcnt", ABM);
        names.put("clflsh", CLFLUSH);
        names.put("pni", SSE3);
        names.put("sha_ni", SHA);
        names.put("invtsc", INVARIANT_TSC);
        names.put("tsc_deadline", TSC_DEADLINE_TIMER);
        names.put("3dnowprefetch", PREFETCHW);
        return Map.copyOf(names);
    }
}
