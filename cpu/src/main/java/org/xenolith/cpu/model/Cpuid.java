package org.xenolith.cpu.model;

import org.xenolith.cpu.isa.ExtendedState;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.system.NativeSupervisor;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The CPUID leaves of a model on a machine without a hypervisor (SDM vol. 2A, CPUID). */
public final class Cpuid implements NativeSupervisor.Identification {
    private static final int IA32_APIC_BASE = 0x1b;
    private static final int APIC_ENABLED = 1 << 11;
    private static final int OSXSAVE = 1 << 27;
    private static final int OSPKE = 1 << 4;
    private static final int LINE_BYTES = 64;
    private static final int CRYSTAL_HZ = 25_000_000;
    private static final int TSC_PER_CRYSTAL = 40;

    private final CpuModel model;
    private final int processors;
    private final byte[] brand;

    /**
     * The leaves of a model.
     *
     * @param processors logical processors of the machine, each a package of its own
     */
    public Cpuid(CpuModel model, int processors) {
        this.model = model;
        this.processors = processors;
        brand = Arrays.copyOf(model.brand().getBytes(StandardCharsets.US_ASCII), 48);
    }

    private boolean has(Feature feature) {
        return model.has(feature);
    }

    private int maxBasic() {
        return has(Feature.XSAVE) || has(Feature.INVARIANT_TSC) && !model.amd()
                ? 0x16
                : has(Feature.FSGSBASE) ? 0xd : has(Feature.X2APIC) ? 0xb : 5;
    }

    @Override
    public void cpuid(Cpu c) {
        int leaf = (int) c.regs[Cpu.RAX];
        int subleaf = (int) c.regs[Cpu.RCX];
        int[] r = new int[4];
        if (leaf < 0) {
            if (leaf <= 0x80000008) {
                extended(leaf & 0xffff, r);
            }
        } else if (leaf <= maxBasic()) {
            basic(c, leaf, subleaf, r);
        } else if (!model.amd() && leaf < 0x40000000) {
            basic(c, maxBasic(), subleaf, r);
        }
        c.regs[Cpu.RAX] = r[0] & 0xffffffffL;
        c.regs[Cpu.RBX] = r[1] & 0xffffffffL;
        c.regs[Cpu.RCX] = r[2] & 0xffffffffL;
        c.regs[Cpu.RDX] = r[3] & 0xffffffffL;
    }

    private static int id(Cpu c) {
        return c.number;
    }

    private void basic(Cpu c, int leaf, int subleaf, int[] r) {
        switch (leaf) {
            case 0 -> {
                r[0] = maxBasic();
                vendor(r);
            }
            case 1 -> {
                r[0] = model.signature();
                r[1] = id(c) << 24 | 1 << 16 | LINE_BYTES / 8 << 8;
                r[2] = model.bits(Feature.Word.LEAF_1_ECX);
                r[3] = model.bits(Feature.Word.LEAF_1_EDX);
                if ((c.cr4 & Cpu.CR4_OSXSAVE) != 0) {
                    r[2] |= OSXSAVE;
                }
                boolean apic =
                        c.interruptController != null
                                && (c.interruptController.readMsr(IA32_APIC_BASE) & APIC_ENABLED)
                                        != 0;
                if (!apic) {
                    r[3] &= ~Feature.APIC.mask();
                }
            }
            case 2 -> r[0] = model.amd() ? 0 : 0x0000ff01;
            case 4 -> caches(subleaf, r);
            case 6 -> r[0] = model.bits(Feature.Word.LEAF_6_EAX);
            case 7 -> {
                if (subleaf == 0) {
                    r[1] = model.bits(Feature.Word.LEAF_7_EBX);
                    r[2] = model.bits(Feature.Word.LEAF_7_ECX);
                    if ((c.cr4 & Cpu.CR4_PKE) != 0) {
                        r[2] |= OSPKE;
                    }
                }
            }
            case 0xb -> topology(c, subleaf, r);
            case 0xd -> {
                if (has(Feature.XSAVE)) {
                    state(c, subleaf, r);
                }
            }
            case 0x15 -> {
                r[0] = 1;
                r[1] = TSC_PER_CRYSTAL;
                r[2] = CRYSTAL_HZ;
            }
            case 0x16 -> {
                r[0] = 1000;
                r[1] = 1000;
                r[2] = 25;
            }
            default -> {
                // reads as zero
            }
        }
    }

    private void vendor(int[] r) {
        byte[] text = model.vendor().getBytes(StandardCharsets.US_ASCII);
        r[1] = word(text, 0);
        r[3] = word(text, 4);
        r[2] = word(text, 8);
    }

    /** Level 1 data and code of 32 KiB, level 2 of 512 KiB, all 8-way, not shared. */
    private void caches(int subleaf, int[] r) {
        if (model.amd() || subleaf < 0 || subleaf > 2) {
            return;
        }
        int level = subleaf == 2 ? 2 : 1;
        int bytes = subleaf == 2 ? 512 << 10 : 32 << 10;
        r[0] = subleaf + 1 | level << 5 | 1 << 8;
        r[1] = 7 << 22 | LINE_BYTES - 1;
        r[2] = bytes / 8 / LINE_BYTES - 1;
    }

    /** Each logical processor is a core of its own. */
    private void topology(Cpu c, int subleaf, int[] r) {
        r[2] = subleaf & 0xff;
        r[3] = id(c);
        int bits = 32 - Integer.numberOfLeadingZeros(Math.max(1, processors - 1));
        if (subleaf == 0) {
            r[1] = 1;
            r[2] |= 1 << 8;
        } else if (subleaf == 1) {
            r[0] = bits;
            r[1] = processors;
            r[2] |= 2 << 8;
        }
    }

    private void state(Cpu c, int subleaf, int[] r) {
        long supported = has(Feature.AVX) ? ExtendedState.SUPPORTED : 3;
        switch (subleaf) {
            case 0 -> {
                r[0] = (int) supported;
                r[1] = ExtendedState.areaSize(c.xcr0);
                r[2] = ExtendedState.areaSize(supported);
            }
            case 1 -> {
                r[0] = model.bits(Feature.Word.LEAF_D_1_EAX);
                r[1] = ExtendedState.areaSize(c.xcr0);
            }
            case 2 -> {
                if (has(Feature.AVX)) {
                    r[0] = ExtendedState.AVX_SIZE;
                    r[1] = ExtendedState.XSAVE_SIZE;
                }
            }
            default -> {
                // no such component
            }
        }
    }

    private void extended(int leaf, int[] r) {
        switch (leaf) {
            case 0 -> {
                r[0] = 0x80000008;
                if (model.amd()) {
                    vendor(r);
                }
            }
            case 1 -> {
                r[2] = model.bits(Feature.Word.EXTENDED_1_ECX);
                r[3] = model.bits(Feature.Word.EXTENDED_1_EDX);
            }
            case 2, 3, 4 -> {
                for (int i = 0; i < 4; i++) {
                    r[i] = word(brand, (leaf - 2) * 16 + 4 * i);
                }
            }
            case 6 -> r[2] = 512 << 16 | 6 << 12 | LINE_BYTES;
            case 7 -> r[3] = model.bits(Feature.Word.EXTENDED_7_EDX);
            case 8 -> r[0] = (has(Feature.LA57) ? 57 : 48) << 8 | model.physicalBits();
            default -> {
                // reads as zero
            }
        }
    }

    private static int word(byte[] text, int at) {
        return text[at] & 0xff
                | (text[at + 1] & 0xff) << 8
                | (text[at + 2] & 0xff) << 16
                | (text[at + 3] & 0xff) << 24;
    }
}
