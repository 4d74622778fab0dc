package org.xenolith.cpu.model;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The bits of CPUID that announce something: one definition for all processor models and for
 * hypervisors' policies. Names are those of Linux's /proc/cpuinfo, then other common ones; {@code
 * sse4.1} and {@code tsc-deadline} are read as {@code sse4_1} and {@code tsc_deadline}.
 *
 * <p>A feature whose support is {@link Support#ABSENT} is known, so that a model can list what the
 * processor of that name has, but never announced. The list is to be extended when the processor
 * learns something; a test holds it against the opcode table.
 */
public enum Feature {
    // ---- leaf 1 edx
    FPU(FeatureWord.LEAF_1_EDX, 0, "fpu"),
    VME(FeatureWord.LEAF_1_EDX, 1, "vme"),
    DE(FeatureWord.LEAF_1_EDX, 2, "de"),
    PSE(FeatureWord.LEAF_1_EDX, 3, "pse"),
    TSC(FeatureWord.LEAF_1_EDX, 4, "tsc"),
    MSR(FeatureWord.LEAF_1_EDX, 5, "msr"),
    PAE(FeatureWord.LEAF_1_EDX, 6, "pae"),
    MCE(FeatureWord.LEAF_1_EDX, 7, "mce"),
    CX8(FeatureWord.LEAF_1_EDX, 8, "cx8"),
    APIC(FeatureWord.LEAF_1_EDX, 9, "apic"),
    SEP(FeatureWord.LEAF_1_EDX, 11, "sep"),
    MTRR(FeatureWord.LEAF_1_EDX, 12, "mtrr"),
    PGE(FeatureWord.LEAF_1_EDX, 13, "pge"),
    MCA(FeatureWord.LEAF_1_EDX, 14, "mca"),
    CMOV(FeatureWord.LEAF_1_EDX, 15, "cmov"),
    PAT(FeatureWord.LEAF_1_EDX, 16, "pat"),
    PSE36(FeatureWord.LEAF_1_EDX, 17, "pse36"),
    PSN(FeatureWord.LEAF_1_EDX, 18, "pn", Support.ABSENT),
    CLFLUSH(FeatureWord.LEAF_1_EDX, 19, "clflush,clfsh"),
    DS(FeatureWord.LEAF_1_EDX, 21, "dts,ds", Support.ABSENT),
    ACPI(FeatureWord.LEAF_1_EDX, 22, "acpi", Support.ABSENT),
    MMX(FeatureWord.LEAF_1_EDX, 23, "mmx"),
    FXSR(FeatureWord.LEAF_1_EDX, 24, "fxsr"),
    SSE(FeatureWord.LEAF_1_EDX, 25, "sse"),
    SSE2(FeatureWord.LEAF_1_EDX, 26, "sse2"),
    SELF_SNOOP(FeatureWord.LEAF_1_EDX, 27, "ss"),
    HTT(FeatureWord.LEAF_1_EDX, 28, "ht", Support.DYNAMIC),
    TM(FeatureWord.LEAF_1_EDX, 29, "tm", Support.ABSENT),
    PBE(FeatureWord.LEAF_1_EDX, 31, "pbe", Support.ABSENT),
    // ---- leaf 1 ecx
    SSE3(FeatureWord.LEAF_1_ECX, 0, "pni,sse3"),
    PCLMULQDQ(FeatureWord.LEAF_1_ECX, 1, "pclmulqdq"),
    DTES64(FeatureWord.LEAF_1_ECX, 2, "dtes64", Support.ABSENT),
    MONITOR(FeatureWord.LEAF_1_ECX, 3, "monitor"),
    DS_CPL(FeatureWord.LEAF_1_ECX, 4, "ds_cpl", Support.ABSENT),
    VMX(FeatureWord.LEAF_1_ECX, 5, "vmx"),
    SMX(FeatureWord.LEAF_1_ECX, 6, "smx", Support.ABSENT),
    EIST(FeatureWord.LEAF_1_ECX, 7, "est", Support.ABSENT),
    TM2(FeatureWord.LEAF_1_ECX, 8, "tm2", Support.ABSENT),
    SSSE3(FeatureWord.LEAF_1_ECX, 9, "ssse3"),
    CNXT_ID(FeatureWord.LEAF_1_ECX, 10, "cid", Support.ABSENT),
    FMA(FeatureWord.LEAF_1_ECX, 12, "fma"),
    CX16(FeatureWord.LEAF_1_ECX, 13, "cx16"),
    XTPR(FeatureWord.LEAF_1_ECX, 14, "xtpr", Support.ABSENT),
    PDCM(FeatureWord.LEAF_1_ECX, 15, "pdcm", Support.ABSENT),
    PCID(FeatureWord.LEAF_1_ECX, 17, "pcid"),
    DCA(FeatureWord.LEAF_1_ECX, 18, "dca", Support.ABSENT),
    SSE4_1(FeatureWord.LEAF_1_ECX, 19, "sse4_1"),
    SSE4_2(FeatureWord.LEAF_1_ECX, 20, "sse4_2"),
    X2APIC(FeatureWord.LEAF_1_ECX, 21, "x2apic"),
    MOVBE(FeatureWord.LEAF_1_ECX, 22, "movbe"),
    POPCNT(FeatureWord.LEAF_1_ECX, 23, "popcnt"),
    TSC_DEADLINE(FeatureWord.LEAF_1_ECX, 24, "tsc_deadline_timer,tsc_deadline"),
    AES(FeatureWord.LEAF_1_ECX, 25, "aes"),
    XSAVE(FeatureWord.LEAF_1_ECX, 26, "xsave"),
    OSXSAVE(FeatureWord.LEAF_1_ECX, 27, "osxsave", Support.DYNAMIC),
    AVX(FeatureWord.LEAF_1_ECX, 28, "avx"),
    F16C(FeatureWord.LEAF_1_ECX, 29, "f16c"),
    RDRAND(FeatureWord.LEAF_1_ECX, 30, "rdrand"),
    HYPERVISOR(FeatureWord.LEAF_1_ECX, 31, "hypervisor"),
    // ---- leaf 6 eax
    DTHERM(FeatureWord.LEAF_6_EAX, 0, "dtherm", Support.ABSENT),
    IDA(FeatureWord.LEAF_6_EAX, 1, "ida", Support.ABSENT),
    ARAT(FeatureWord.LEAF_6_EAX, 2, "arat"),
    // ---- leaf 7 ebx
    FSGSBASE(FeatureWord.LEAF_7_EBX, 0, "fsgsbase"),
    TSC_ADJUST(FeatureWord.LEAF_7_EBX, 1, "tsc_adjust"),
    SGX(FeatureWord.LEAF_7_EBX, 2, "sgx", Support.ABSENT),
    BMI1(FeatureWord.LEAF_7_EBX, 3, "bmi1"),
    HLE(FeatureWord.LEAF_7_EBX, 4, "hle", Support.ABSENT),
    AVX2(FeatureWord.LEAF_7_EBX, 5, "avx2"),
    FDP_EXCPTN_ONLY(FeatureWord.LEAF_7_EBX, 6, "fdp_excptn_only"),
    SMEP(FeatureWord.LEAF_7_EBX, 7, "smep"),
    BMI2(FeatureWord.LEAF_7_EBX, 8, "bmi2"),
    ERMS(FeatureWord.LEAF_7_EBX, 9, "erms"),
    INVPCID(FeatureWord.LEAF_7_EBX, 10, "invpcid"),
    RTM(FeatureWord.LEAF_7_EBX, 11, "rtm", Support.ABSENT),
    ZERO_FCS_FDS(FeatureWord.LEAF_7_EBX, 13, "zero_fcs_fds"),
    MPX(FeatureWord.LEAF_7_EBX, 14, "mpx", Support.ABSENT),
    AVX512F(FeatureWord.LEAF_7_EBX, 16, "avx512f", Support.ABSENT),
    AVX512DQ(FeatureWord.LEAF_7_EBX, 17, "avx512dq", Support.ABSENT),
    RDSEED(FeatureWord.LEAF_7_EBX, 18, "rdseed"),
    ADX(FeatureWord.LEAF_7_EBX, 19, "adx"),
    SMAP(FeatureWord.LEAF_7_EBX, 20, "smap"),
    CLFLUSHOPT(FeatureWord.LEAF_7_EBX, 23, "clflushopt"),
    CLWB(FeatureWord.LEAF_7_EBX, 24, "clwb"),
    INTEL_PT(FeatureWord.LEAF_7_EBX, 25, "intel_pt", Support.ABSENT),
    AVX512CD(FeatureWord.LEAF_7_EBX, 28, "avx512cd", Support.ABSENT),
    SHA(FeatureWord.LEAF_7_EBX, 29, "sha_ni,sha"),
    AVX512BW(FeatureWord.LEAF_7_EBX, 30, "avx512bw", Support.ABSENT),
    AVX512VL(FeatureWord.LEAF_7_EBX, 31, "avx512vl", Support.ABSENT),
    // ---- leaf 7 ecx
    UMIP(FeatureWord.LEAF_7_ECX, 2, "umip"),
    PKU(FeatureWord.LEAF_7_ECX, 3, "pku"),
    OSPKE(FeatureWord.LEAF_7_ECX, 4, "ospke", Support.DYNAMIC),
    WAITPKG(FeatureWord.LEAF_7_ECX, 5, "waitpkg", Support.ABSENT),
    GFNI(FeatureWord.LEAF_7_ECX, 8, "gfni"),
    VAES(FeatureWord.LEAF_7_ECX, 9, "vaes"),
    VPCLMULQDQ(FeatureWord.LEAF_7_ECX, 10, "vpclmulqdq"),
    LA57(FeatureWord.LEAF_7_ECX, 16, "la57"),
    RDPID(FeatureWord.LEAF_7_ECX, 22, "rdpid"),
    MOVDIRI(FeatureWord.LEAF_7_ECX, 27, "movdiri"),
    MOVDIR64B(FeatureWord.LEAF_7_ECX, 28, "movdir64b"),
    // ---- leaf 7 edx
    FSRM(FeatureWord.LEAF_7_EDX, 4, "fsrm"),
    MD_CLEAR(FeatureWord.LEAF_7_EDX, 10, "md_clear", Support.ABSENT),
    SERIALIZE(FeatureWord.LEAF_7_EDX, 14, "serialize"),
    SPEC_CTRL(FeatureWord.LEAF_7_EDX, 26, "spec_ctrl,ibrs"),
    STIBP(FeatureWord.LEAF_7_EDX, 27, "stibp,intel_stibp"),
    ARCH_CAPABILITIES(FeatureWord.LEAF_7_EDX, 29, "arch_capabilities"),
    SSBD(FeatureWord.LEAF_7_EDX, 31, "ssbd"),
    // ---- leaf d 1 eax
    XSAVEOPT(FeatureWord.LEAF_D_1_EAX, 0, "xsaveopt"),
    XSAVEC(FeatureWord.LEAF_D_1_EAX, 1, "xsavec"),
    XGETBV1(FeatureWord.LEAF_D_1_EAX, 2, "xgetbv1"),
    XSAVES(FeatureWord.LEAF_D_1_EAX, 3, "xsaves"),
    // ---- extended 1 edx
    SYSCALL(FeatureWord.EXTENDED_1_EDX, 11, "syscall"),
    NX(FeatureWord.EXTENDED_1_EDX, 20, "nx,xd"),
    MMXEXT(FeatureWord.EXTENDED_1_EDX, 22, "mmxext"),
    FXSR_OPT(FeatureWord.EXTENDED_1_EDX, 25, "fxsr_opt,ffxsr"),
    PDPE1GB(FeatureWord.EXTENDED_1_EDX, 26, "pdpe1gb"),
    RDTSCP(FeatureWord.EXTENDED_1_EDX, 27, "rdtscp"),
    LM(FeatureWord.EXTENDED_1_EDX, 29, "lm"),
    AMD_3DNOWEXT(FeatureWord.EXTENDED_1_EDX, 30, "3dnowext", Support.ABSENT),
    AMD_3DNOW(FeatureWord.EXTENDED_1_EDX, 31, "3dnow", Support.ABSENT),
    // ---- extended 1 ecx
    LAHF_LM(FeatureWord.EXTENDED_1_ECX, 0, "lahf_lm"),
    CMP_LEGACY(FeatureWord.EXTENDED_1_ECX, 1, "cmp_legacy", Support.DYNAMIC),
    SVM(FeatureWord.EXTENDED_1_ECX, 2, "svm", Support.ABSENT),
    EXTAPIC(FeatureWord.EXTENDED_1_ECX, 3, "extapic", Support.ABSENT),
    CR8_LEGACY(FeatureWord.EXTENDED_1_ECX, 4, "cr8_legacy", Support.ABSENT),
    ABM(FeatureWord.EXTENDED_1_ECX, 5, "abm,lzcnt"),
    SSE4A(FeatureWord.EXTENDED_1_ECX, 6, "sse4a", Support.ABSENT),
    MISALIGNSSE(FeatureWord.EXTENDED_1_ECX, 7, "misalignsse", Support.ABSENT),
    PREFETCHW(FeatureWord.EXTENDED_1_ECX, 8, "3dnowprefetch"),
    OSVW(FeatureWord.EXTENDED_1_ECX, 9, "osvw", Support.ABSENT),
    XOP(FeatureWord.EXTENDED_1_ECX, 11, "xop", Support.ABSENT),
    SKINIT(FeatureWord.EXTENDED_1_ECX, 12, "skinit", Support.ABSENT),
    FMA4(FeatureWord.EXTENDED_1_ECX, 16, "fma4", Support.ABSENT),
    TBM(FeatureWord.EXTENDED_1_ECX, 21, "tbm", Support.ABSENT),
    TOPOEXT(FeatureWord.EXTENDED_1_ECX, 22, "topoext", Support.ABSENT),
    PERFCTR_CORE(FeatureWord.EXTENDED_1_ECX, 23, "perfctr_core", Support.ABSENT),
    // ---- extended 7 edx
    INVARIANT_TSC(FeatureWord.EXTENDED_7_EDX, 8, "nonstop_tsc,invtsc,constant_tsc"),
    // ---- extended 8 ebx
    CLZERO(FeatureWord.EXTENDED_8_EBX, 0, "clzero"),
    XSAVEERPTR(FeatureWord.EXTENDED_8_EBX, 2, "xsaveerptr"),
    WBNOINVD(FeatureWord.EXTENDED_8_EBX, 9, "wbnoinvd"),
    IBPB(FeatureWord.EXTENDED_8_EBX, 12, "ibpb", Support.ABSENT);

    /** Whether this processor has a feature. */
    enum Support {
        /** Implemented: whoever asks for it gets it. */
        HERE,

        /** Implemented, and set by Xenolith from the state or the number of processors. */
        DYNAMIC,

        /** Not implemented: never announced. */
        ABSENT
    }

    private static final Map<String, Feature> BY_NAME = byName();

    private final FeatureWord word;
    private final int bit;
    private final List<String> names;
    private final Support support;

    Feature(FeatureWord word, int bit, String names) {
        this(word, bit, names, Support.HERE);
    }

    Feature(FeatureWord word, int bit, String names, Support support) {
        this.word = word;
        this.bit = bit;
        this.names = List.of(names.split(","));
        this.support = support;
    }

    private static Map<String, Feature> byName() {
        Map<String, Feature> map = new HashMap<>();
        for (Feature feature : values()) {
            for (String name : feature.names) {
                if (map.put(name, feature) != null) {
                    throw new IllegalStateException("two features named " + name);
                }
            }
        }
        return Map.copyOf(map);
    }

    /** The feature of that name; see {@link Feature}. */
    public static Optional<Feature> named(String name) {
        String key = name.toLowerCase(Locale.ROOT).replace('.', '_').replace('-', '_');
        return Optional.ofNullable(BY_NAME.get(key));
    }

    /** Name as in /proc/cpuinfo. */
    public String label() {
        return names.getFirst();
    }

    /** Register of CPUID that it is announced in. */
    public FeatureWord word() {
        return word;
    }

    /** The bit in that register. */
    public int mask() {
        return 1 << bit;
    }

    /** Whether this processor has it. */
    public boolean implemented() {
        return support != Support.ABSENT;
    }

    /** Whether it follows the processor's state or surroundings, so that no model names it. */
    public boolean dynamic() {
        return support == Support.DYNAMIC;
    }
}
