package org.xenolith.hvm.exit;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.VmxOperation;
import org.xenolith.hvm.p2m.HvmMemory;
import org.xenolith.hvm.p2m.P2mType;
import org.xenolith.hvm.vcpu.HvmVcpu;
import org.xenolith.xen.cpuid.XenLeaves;

/** RDMSR and WRMSR: the registers of the guest's processor, and those that Xen adds. */
final class MsrExit {
    /** Low bits of what is written to it: the number of the hypercall page. */
    private static final long PAGE_NUMBER = 0xfff;

    /** As Xen shows it to guests on Intel's processors without VMX: locked, nothing enabled. */
    private static final int FEATURE_CONTROL = 0x3a;

    private final HvmMemory memory;

    MsrExit(HvmMemory memory) {
        this.memory = memory;
    }

    /**
     * RDMSR.
     *
     * @throws org.xenolith.cpu.state.CpuFault #GP(0) if there is no such register
     */
    void read(HvmVcpu v) {
        Cpu c = v.cpu;
        int msr = (int) c.regs[Cpu.RCX];
        if (msr == XenLeaves.HYPERCALL_MSR) {
            throw c.generalProtection();
        }
        long value = msr == FEATURE_CONTROL ? VmxOperation.LOCKED : c.msrs.read(msr);
        c.regs[Cpu.RAX] = value & 0xffffffffL;
        c.regs[Cpu.RDX] = value >>> 32;
    }

    /** WRMSR; see {@link #read}. */
    void write(HvmVcpu v) {
        Cpu c = v.cpu;
        int msr = (int) c.regs[Cpu.RCX];
        long value = c.regs[Cpu.RAX] & 0xffffffffL | c.regs[Cpu.RDX] << 32;
        if (msr == XenLeaves.HYPERCALL_MSR) {
            fillHypercallPage(c, value);
            v.vcpu.domain.latchSharedAbi(v.vcpu.abi());
        } else {
            c.msrs.write(msr, value);
        }
    }

    private void fillHypercallPage(Cpu c, long value) {
        long gfn = value >>> 12;
        if ((value & PAGE_NUMBER) != 0 || memory.p2m().type(gfn) != P2mType.RAM) {
            throw c.generalProtection();
        }
        byte[] page = HypercallExit.page();
        memory.write(gfn << 12, page, 0, page.length);
    }
}
