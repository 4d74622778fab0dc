package org.xenolith.hvm.exit;

import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.model.Cpuid;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.system.NativeSupervisor;
import org.xenolith.hvm.p2m.P2m;
import org.xenolith.xen.cpuid.XenLeaves;

/** CPUID of a translated guest: the leaves of its processor model, and Xen's. */
public final class HvmCpuid implements NativeSupervisor.Identification {
    private static final int ADDRESS_SIZES = 0x80000008;

    private final Cpuid model;
    private final XenLeaves xen;

    /**
     * The leaves of a domain.
     *
     * @param vcpus how many; APIC ids are two apart, so the topology has room for twice as many
     */
    public HvmCpuid(CpuModel model, int domid, int vcpus) {
        this.model = new Cpuid(model, Math.min(2 * vcpus, 255));
        xen = new XenLeaves(new XenLeaves.Kind.Hvm(domid));
    }

    /** The instruction, on the processor whose APIC id is twice its number. */
    @Override
    public void cpuid(Cpu cpu) {
        int leaf = (int) cpu.regs[Cpu.RAX];
        int subleaf = (int) cpu.regs[Cpu.RCX];
        if (XenLeaves.contains(leaf)) {
            xen.query(leaf, subleaf, cpu.number / 2);
            set(cpu, xen.eax, xen.ebx, xen.ecx, xen.edx);
            return;
        }
        model.cpuid(cpu);
        if (leaf == ADDRESS_SIZES) {
            long sizes = cpu.regs[Cpu.RAX];
            long bits = Math.min(sizes & 0xff, P2m.ADDRESS_BITS);
            cpu.regs[Cpu.RAX] = sizes & ~0xffL | bits;
        }
    }

    private static void set(Cpu cpu, int eax, int ebx, int ecx, int edx) {
        cpu.regs[Cpu.RAX] = eax & 0xffffffffL;
        cpu.regs[Cpu.RBX] = ebx & 0xffffffffL;
        cpu.regs[Cpu.RCX] = ecx & 0xffffffffL;
        cpu.regs[Cpu.RDX] = edx & 0xffffffffL;
    }
}
