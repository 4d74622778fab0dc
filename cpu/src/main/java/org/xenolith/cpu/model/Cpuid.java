package org.xenolith.cpu.model;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Registers;
import org.xenolith.cpu.system.NativeSupervisor;

/**
 * CPUID on the bare machine (SDM vol. 2A, CPUID; APM vol. 3, appendix E): what a model says, and
 * what follows from the processor's state and the number of processors.
 *
 * <p>All processors are cores of one package, one thread each; their APIC IDs count from 0.
 */
public final class Cpuid implements NativeSupervisor.Identification {
    private static final int EXTENDED = 0x80000000;
    private static final int MISC_ENABLE = 0x1a0;
    private static final long LIMIT_CPUID = 1 << 22;
    private static final long MONITOR_ENABLE = 1 << 18;
    private static final long XD_DISABLE = 1L << 34;
    private static final int LIMIT = 3;

    private final CpuModel model;

    /** Has IA32_MISC_ENABLE. */
    private final boolean limited;

    private final BasicLeaves basic;
    private final ExtendedLeaves extended;

    /** Result of the last {@link #query}. */
    public int eax;

    public int ebx;
    public int ecx;
    public int edx;

    /**
     * CPUID of the processors of one machine.
     *
     * @param processors how many there are, 1 to 255
     */
    public Cpuid(CpuModel model, int processors) {
        if (processors < 1 || processors > 255) {
            throw new IllegalArgumentException(processors + " processors");
        }
        this.model = model;
        limited = model.vendor() == Vendor.INTEL && model.family() >= 6 && model.has(Feature.MSR);
        basic = new BasicLeaves(model, processors);
        extended = new ExtendedLeaves(model, processors);
    }

    /** The model that it describes. */
    public CpuModel model() {
        return model;
    }

    /** The instruction: from EAX and ECX to EAX, EBX, ECX and EDX, upper halves cleared. */
    @Override
    public void cpuid(Cpu cpu) {
        query(cpu, (int) cpu.regs[Registers.RAX], (int) cpu.regs[Registers.RCX]);
        cpu.regs[Registers.RAX] = eax & 0xffffffffL;
        cpu.regs[Registers.RBX] = ebx & 0xffffffffL;
        cpu.regs[Registers.RCX] = ecx & 0xffffffffL;
        cpu.regs[Registers.RDX] = edx & 0xffffffffL;
    }

    /**
     * Looks up a leaf; the answer stands in the fields. Beyond the last leaf Intel's processors
     * give the highest basic one, AMD's zeros.
     */
    public void query(Cpu cpu, int leaf, int subleaf) {
        set(0, 0, 0, 0);
        if (leaf >= 0 && leaf <= model.maxBasic()) {
            basic.query(this, cpu, leaf, subleaf);
        } else if (leaf < 0 && leaf - EXTENDED <= model.maxExtended() - EXTENDED) {
            extended.query(this, leaf);
        } else if (model.vendor() == Vendor.INTEL) {
            basic.query(this, cpu, model.maxBasic(), subleaf);
        }
        if (cpu.msrs != null && limited && (leaf == 0 || leaf == 1 || leaf == EXTENDED + 1)) {
            applyMiscEnable(leaf, cpu.msrs.read(MISC_ENABLE));
        }
    }

    /** What IA32_MISC_ENABLE hides (SDM vol. 4, table 2-2). */
    private void applyMiscEnable(int leaf, long misc) {
        if (leaf == 0 && (misc & LIMIT_CPUID) != 0) {
            eax = Math.min(eax, LIMIT);
        } else if (leaf == 1 && (misc & MONITOR_ENABLE) == 0) {
            ecx &= ~Feature.MONITOR.mask();
        } else if (leaf < 0 && (misc & XD_DISABLE) != 0) {
            edx &= ~Feature.NX.mask();
        }
    }

    void set(int a, int b, int c, int d) {
        eax = a;
        ebx = b;
        ecx = c;
        edx = d;
    }

    /** Four characters as a register holds them; bytes beyond the text are 0. */
    static int word(String text, int at) {
        int value = 0;
        for (int i = 0; i < 4 && at + i < text.length(); i++) {
            value |= (text.charAt(at + i) & 0xff) << 8 * i;
        }
        return value;
    }

    /** Bits that tell so many processors apart. */
    static int idBits(int processors) {
        return 32 - Integer.numberOfLeadingZeros(processors - 1);
    }
}
