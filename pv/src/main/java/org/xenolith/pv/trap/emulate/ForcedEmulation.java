package org.xenolith.pv.trap.emulate;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.Registers;
import org.xenolith.pv.trap.cpuid.CpuidPolicy;
import org.xenolith.pv.trap.state.VcpuState;

/**
 * CPUID, both as an instruction and behind Xen's prefix {@code ud2; .ascii "xen"}
 * (public/arch-x86/xen.h), which PV kernels use to be sure of the hypervisor's answer.
 */
public final class ForcedEmulation {
    private static final int[] PREFIXED_CPUID = {0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0xa2};

    private final VcpuState state;
    private final Cpu cpu;
    private final GuestCode code;
    private final CpuidPolicy policy;

    /** CPUID for one processor. */
    public ForcedEmulation(VcpuState state, GuestCode code, CpuidPolicy policy) {
        this.state = state;
        this.cpu = state.cpu;
        this.code = code;
        this.policy = policy;
    }

    /** Carries out the prefixed CPUID at rip, or refuses any other undefined opcode. */
    public Outcome emulate() {
        if (code.fetch(PREFIXED_CPUID.length) < PREFIXED_CPUID.length) {
            return Outcome.REFUSED;
        }
        for (int i = 0; i < PREFIXED_CPUID.length; i++) {
            if (code.code(i) != PREFIXED_CPUID[i]) {
                return Outcome.REFUSED;
            }
        }
        // A PV kernel sees the hypervisor's own OSXSAVE here: Linux takes it for leave to use
        // XSAVE.
        answer(state.control.osxsave() || state.kernelMode());
        cpu.rip += PREFIXED_CPUID.length;
        cpu.eflags &= ~(long) Flags.RF;
        return Outcome.DONE;
    }

    /** CPUID without the prefix. */
    public void cpuid() {
        answer(state.control.osxsave());
    }

    private void answer(boolean osxsave) {
        int leaf = (int) cpu.regs[Registers.RAX];
        policy.query(leaf, (int) cpu.regs[Registers.RCX], osxsave, cpu.xcr0);
        cpu.regs[Registers.RAX] = policy.eax & 0xffffffffL;
        cpu.regs[Registers.RBX] = policy.ebx & 0xffffffffL;
        cpu.regs[Registers.RCX] = policy.ecx & 0xffffffffL;
        cpu.regs[Registers.RDX] = policy.edx & 0xffffffffL;
    }
}
