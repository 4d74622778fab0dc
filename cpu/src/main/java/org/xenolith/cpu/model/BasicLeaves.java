package org.xenolith.cpu.model;

import org.xenolith.cpu.isa.StateComponents;
import org.xenolith.cpu.state.AddressMonitor;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.InterruptController;

/** Leaves 0 to 0x1f of CPUID (SDM vol. 2A, CPUID, table 3-8). */
final class BasicLeaves {
    private static final int IA32_APIC_BASE = 0x1b;
    private static final long APIC_ENABLE = 1 << 11;

    /** Descriptor ff: see leaf 4. One round. */
    private static final int SEE_LEAF_4 = 0x0000ff01;

    private static final int THREAD_LEVEL = 1;
    private static final int CORE_LEVEL = 2;

    /** TSC and APIC timer both count nanoseconds. */
    private static final int CRYSTAL_HZ = 1_000_000_000;

    private static final int CORE_MHZ = 1000;
    private static final int BUS_MHZ = 100;
    private static final int MWAIT_EXTENSIONS = 1;
    private static final int MWAIT_MASKED_INTERRUPTS = 1 << 1;
    private static final int MWAIT_C1 = 1 << 4;
    private static final int AVX_COMPONENT = 2;
    private static final int PKRU_COMPONENT = 9;

    private final CpuModel model;
    private final int processors;
    private final int idBits;
    private final boolean intel;

    BasicLeaves(CpuModel model, int processors) {
        this.model = model;
        this.processors = processors;
        idBits = Cpuid.idBits(processors);
        intel = model.vendor() == Vendor.INTEL;
    }

    void query(Cpuid to, Cpu cpu, int leaf, int subleaf) {
        switch (leaf) {
            case 0 -> {
                String vendor = model.vendor().text;
                to.set(
                        model.maxBasic(),
                        Cpuid.word(vendor, 0),
                        Cpuid.word(vendor, 8),
                        Cpuid.word(vendor, 4));
            }
            case 1 -> features(to, cpu);
            case 2 -> descriptors(to);
            case 4 -> cache(to, subleaf);
            case 5 -> monitor(to);
            case 6 -> to.eax = model.features().bits(FeatureWord.LEAF_6_EAX);
            case 7 -> extendedFeatures(to, cpu, subleaf);
            case 0xb, 0x1f -> topology(to, cpu, subleaf);
            case 0xd -> extendedState(to, cpu, subleaf);
            case 0x15 -> to.set(1, 1, CRYSTAL_HZ, 0);
            case 0x16 -> to.set(CORE_MHZ, CORE_MHZ, BUS_MHZ, 0);
            default -> {
                // reads as zero
            }
        }
    }

    private void features(Cpuid to, Cpu cpu) {
        int c = model.features().bits(FeatureWord.LEAF_1_ECX);
        int d = model.features().bits(FeatureWord.LEAF_1_EDX);
        if (model.has(Feature.XSAVE) && (cpu.cr4 & Cpu.CR4_OSXSAVE) != 0) {
            c |= Feature.OSXSAVE.mask();
        }
        if (cpu.vmx == null) {
            c &= ~Feature.VMX.mask();
        }
        InterruptController apic = cpu.interruptController;
        if (apic == null || !apic.ownsMsr(IA32_APIC_BASE)) {
            c &= ~(Feature.X2APIC.mask() | Feature.TSC_DEADLINE.mask());
            d &= ~Feature.APIC.mask();
        } else if ((apic.readMsr(IA32_APIC_BASE) & APIC_ENABLE) == 0) {
            d &= ~Feature.APIC.mask();
        }
        int line = model.has(Feature.CLFLUSH) ? CacheLevel.LINE_BYTES / 8 << 8 : 0;
        int b = cpu.number << 24 | line;
        if (processors > 1) {
            b |= Math.min(1 << idBits, 255) << 16;
            d |= Feature.HTT.mask();
        } else if (model.family() > 5) {
            b |= 1 << 16;
        }
        to.set(model.signature(), b, c, d);
    }

    private void descriptors(Cpuid to) {
        int[] d = model.descriptors();
        if (d.length == 4) {
            to.set(d[0], d[1], d[2], d[3]);
        } else if (intel) {
            to.eax = SEE_LEAF_4;
        }
    }

    /** One size of lines, the extensions, and one kind of C1. */
    private void monitor(Cpuid to) {
        if (model.has(Feature.MONITOR)) {
            to.set(
                    AddressMonitor.LINE_BYTES,
                    AddressMonitor.LINE_BYTES,
                    MWAIT_EXTENSIONS | MWAIT_MASKED_INTERRUPTS,
                    MWAIT_C1);
        }
    }

    private void cache(Cpuid to, int subleaf) {
        if (!intel || subleaf < 0 || subleaf >= model.caches().size()) {
            return;
        }
        CacheLevel cache = model.caches().get(subleaf);
        int ids = (1 << idBits) - 1;
        to.set(
                Math.min(ids, 63) << 26
                        | (cache.shared() ? ids : 0) << 14
                        | 1 << 8
                        | cache.level() << 5
                        | cache.type(),
                cache.ways() - 1 << 22 | CacheLevel.LINE_BYTES - 1,
                cache.sets() - 1,
                0);
    }

    private void extendedFeatures(Cpuid to, Cpu cpu, int subleaf) {
        if (subleaf != 0) {
            return;
        }
        int c = model.features().bits(FeatureWord.LEAF_7_ECX);
        if (model.has(Feature.PKU) && (cpu.cr4 & Cpu.CR4_PKE) != 0) {
            c |= Feature.OSPKE.mask();
        }
        to.set(
                0,
                model.features().bits(FeatureWord.LEAF_7_EBX),
                c,
                model.features().bits(FeatureWord.LEAF_7_EDX));
    }

    /** Two levels: one thread a core, all cores in the package. */
    private void topology(Cpuid to, Cpu cpu, int subleaf) {
        if (!intel) {
            return;
        }
        switch (subleaf) {
            case 0 -> to.set(0, 1, THREAD_LEVEL << 8, cpu.number);
            case 1 -> to.set(idBits, processors, CORE_LEVEL << 8 | 1, cpu.number);
            default -> to.set(0, 0, subleaf & 0xff, cpu.number);
        }
    }

    private void extendedState(Cpuid to, Cpu cpu, int subleaf) {
        long components = model.xcr0();
        if (components == 0) {
            return;
        }
        switch (subleaf) {
            case 0 ->
                    to.set(
                            (int) components,
                            StateComponents.size(cpu.xcr0),
                            StateComponents.size(components),
                            (int) (components >>> 32));
            case 1 -> {
                to.eax = model.features().bits(FeatureWord.LEAF_D_1_EAX);
                if (model.has(Feature.XSAVEC)) {
                    to.ebx = StateComponents.compactedSize(cpu.xcr0 | cpu.xss);
                }
            }
            case AVX_COMPONENT -> {
                if ((components & StateComponents.AVX) != 0) {
                    to.set(StateComponents.AVX_SIZE, StateComponents.BASE_SIZE, 0, 0);
                }
            }
            case PKRU_COMPONENT -> {
                if ((components & StateComponents.PKRU) != 0) {
                    to.set(StateComponents.PKRU_SIZE, StateComponents.PKRU_AT, 0, 0);
                }
            }
            default -> {
                // no such component
            }
        }
    }
}
