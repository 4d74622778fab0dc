package org.xenolith.cpu.model;

/** The registers of CPUID that hold feature bits (SDM vol. 2A, CPUID; APM vol. 3, appendix E). */
public enum FeatureWord {
    LEAF_1_EDX(1, 0),
    LEAF_1_ECX(1, 0),
    LEAF_6_EAX(6, 0),
    LEAF_7_EBX(7, 0),
    LEAF_7_ECX(7, 0),
    LEAF_7_EDX(7, 0),
    LEAF_D_1_EAX(0xd, 1),
    EXTENDED_1_EDX(0x80000001, 0),
    EXTENDED_1_ECX(0x80000001, 0),
    EXTENDED_7_EDX(0x80000007, 0),
    EXTENDED_8_EBX(0x80000008, 0);

    final int leaf;
    final int subleaf;

    FeatureWord(int leaf, int subleaf) {
        this.leaf = leaf;
        this.subleaf = subleaf;
    }
}
