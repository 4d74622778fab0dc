package org.xenolith.cpu.model;

/** Leaves from 0x80000000 on (SDM vol. 2A, CPUID, table 3-8; APM vol. 3, appendix E.4). */
final class ExtendedLeaves {
    /** Bits of leaf 1's EDX that AMD repeats: 0 to 9, 12 to 17, 23 and 24. */
    private static final int REPEATED = 0x0183f3ff;

    private final CpuModel model;
    private final int processors;
    private final boolean amd;

    ExtendedLeaves(CpuModel model, int processors) {
        this.model = model;
        this.processors = processors;
        amd = model.vendor() == Vendor.AMD;
    }

    void query(Cpuid to, int leaf) {
        FeatureSet features = model.features();
        switch (leaf & 0x7fffffff) {
            case 0 -> {
                to.eax = model.maxExtended();
                if (amd) {
                    String vendor = model.vendor().text;
                    to.ebx = Cpuid.word(vendor, 0);
                    to.edx = Cpuid.word(vendor, 4);
                    to.ecx = Cpuid.word(vendor, 8);
                }
            }
            case 1 -> identity(to);
            case 2, 3, 4 -> {
                int at = ((leaf & 7) - 2) * 16;
                String brand = model.brand();
                to.set(
                        Cpuid.word(brand, at),
                        Cpuid.word(brand, at + 4),
                        Cpuid.word(brand, at + 8),
                        Cpuid.word(brand, at + 12));
            }
            case 5 -> {
                if (amd) {
                    to.ecx = level1(1);
                    to.edx = level1(2);
                }
            }
            case 6 -> outerCaches(to);
            case 7 -> to.edx = features.bits(FeatureWord.EXTENDED_7_EDX);
            case 8 -> {
                to.eax = model.linearBits() << 8 | model.physicalBits();
                to.ebx = features.bits(FeatureWord.EXTENDED_8_EBX);
                if (amd) {
                    to.ecx = Cpuid.idBits(processors) << 12 | processors - 1;
                }
            }
            default -> {
                // reads as zero
            }
        }
    }

    /** AMD's repeat leaf 1: its EAX, and in EDX what EDX of leaf 1 has at the same place. */
    private void identity(Cpuid to) {
        to.ecx = model.features().bits(FeatureWord.EXTENDED_1_ECX);
        to.edx = model.features().bits(FeatureWord.EXTENDED_1_EDX);
        if (amd) {
            to.eax = model.signature();
            to.edx |= model.features().bits(FeatureWord.LEAF_1_EDX) & REPEATED;
            if (processors > 1) {
                to.ecx |= Feature.CMP_LEGACY.mask();
            }
        }
    }

    private int level1(int type) {
        for (CacheLevel cache : model.caches()) {
            if (cache.level() == 1 && cache.type() == type) {
                return cache.bytes() >> 10 << 24
                        | cache.ways() << 16
                        | 1 << 8
                        | CacheLevel.LINE_BYTES;
            }
        }
        return 0;
    }

    private void outerCaches(Cpuid to) {
        for (CacheLevel cache : model.caches()) {
            int ways = associativity(cache.ways()) << 12;
            if (cache.level() == 2) {
                int lines = amd ? 1 << 8 : 0;
                to.ecx = cache.bytes() >> 10 << 16 | ways | lines | CacheLevel.LINE_BYTES;
            } else if (cache.level() == 3 && amd) {
                to.edx = cache.bytes() >> 19 << 18 | ways | 1 << 8 | CacheLevel.LINE_BYTES;
            }
        }
    }

    /** Code of an associativity; 15 is full. */
    private static int associativity(int ways) {
        return switch (ways) {
            case 1, 2, 4 -> ways;
            case 8 -> 6;
            case 16 -> 8;
            case 32 -> 10;
            case 48 -> 11;
            case 64 -> 12;
            case 96 -> 13;
            case 128 -> 14;
            default -> 15;
        };
    }
}
