package org.xenolith.pv.trap;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.Registers;
import org.xenolith.pv.mm.PvMemory;
import org.xenolith.pv.trap.state.Addresses;
import org.xenolith.pv.trap.state.GuestWindow;
import org.xenolith.pv.trap.state.Selectors;
import org.xenolith.pv.trap.state.VcpuState;
import org.xenolith.xen.domain.Vcpu;

/**
 * HYPERVISOR_iret (public/arch-x86/xen-x86_64.h): continues what a frame on the guest's stack
 * describes, in kernel mode or, if the saved cs has privilege level 3, in user mode.
 *
 * <p>A cs, ss or rip that cannot be loaded raises its exception in the context returned to, as
 * Xen's does when its own iret instruction faults.
 */
final class Iret {
    /** VGCF_in_syscall: rcx, r11 and the selectors of the frame do not count. */
    private static final long IN_SYSCALL = 1 << 8;

    private static final int RAX = 0;
    private static final int R11 = 8;
    private static final int RCX = 16;
    private static final int CONTEXT_FLAGS = 24;
    private static final int RIP = 32;
    private static final int CS = 40;
    private static final int RFLAGS = 48;
    private static final int RSP = 56;
    private static final int SS = 64;
    private static final int LENGTH = 72;

    /** What the guest may set in RFLAGS; IF always is set while a guest runs. */
    static final long SETTABLE =
            Flags.ARITHMETIC | Flags.TF | Flags.DF | Flags.NT | Flags.RF | Flags.AC | Flags.ID;

    /** Descriptor bits (SDM vol. 3A, 3.4.5): present, DPL 3, code, and the L bit. */
    private static final long CODE_MASK = 0x0020_f800_0000_0000L;

    private static final long CODE_64 = 0x0020_f800_0000_0000L;

    private final VcpuState state;
    private final Vcpu vcpu;
    private final Cpu cpu;
    private final PvMemory memory;
    private final Bounce bounce;
    private final PageFaults pageFaults;
    private final GuestWindow frame;

    Iret(VcpuState state, PvMemory memory, Bounce bounce, PageFaults pageFaults) {
        this.state = state;
        this.vcpu = state.vcpu;
        this.cpu = state.cpu;
        this.memory = memory;
        this.bounce = bounce;
        this.pageFaults = pageFaults;
        this.frame = new GuestWindow(vcpu);
    }

    /**
     * Returns from the kernel.
     *
     * @return the new RAX, which the caller stores there
     */
    long execute() {
        if (!frame.open(cpu.regs[Registers.RSP], LENGTH, GuestWindow.READ)) {
            return crash(
                    "iret: no frame can be read at rsp 0x%x".formatted(cpu.regs[Registers.RSP]));
        }
        int cs = (int) frame.get64(CS) & 0xffff;
        boolean toUser = (cs & 3) == 3;
        if (toUser) {
            if (memory.userRoot(vcpu) == 0) {
                return crash("iret to user mode without a user page table");
            }
            state.toggleMode();
        }
        long flags = frame.get64(RFLAGS);
        if (state.assists(VcpuState.ASSIST_ARCHITECTURAL_IOPL)) {
            state.iopl = (int) flags & Flags.IOPL;
        }
        vcpu.setUpcallMask((flags & Flags.IF) == 0);
        state.nmiMasked = false;
        Flags.set(cpu, flags & SETTABLE | Flags.IF);
        cpu.privilegeChanged(); // alignment may be checked from here on
        cpu.rip = frame.get64(RIP);
        cpu.regs[Registers.RSP] = frame.get64(RSP);
        long rax = frame.get64(RAX);
        if ((frame.get64(CONTEXT_FLAGS) & IN_SYSCALL) != 0) {
            cpu.regs[Registers.RCX] = cpu.rip;
            cpu.regs[Registers.R11] = Flags.get(cpu);
            cpu.selector[Cpu.CS] = Selectors.CODE_64;
            cpu.selector[Cpu.SS] = Selectors.STACK;
            requireCanonicalRip(rax);
            return cpu.regs[Registers.RAX];
        }
        cpu.regs[Registers.RCX] = frame.get64(RCX);
        cpu.regs[Registers.R11] = frame.get64(R11);
        loadSelectors(rax, Selectors.guestLevel(cs), Selectors.guestLevel((int) frame.get64(SS)));
        return cpu.regs[Registers.RAX];
    }

    private void requireCanonicalRip(long rax) {
        cpu.regs[Registers.RAX] = rax;
        if (!Addresses.canonical(cpu.rip)) {
            bounce.exception(CpuFault.GP, 0);
        }
    }

    /**
     * Loads cs and ss, checks rip, and delivers the exception if one is unusable.
     *
     * @param cs selector of privilege level 3, as is {@code ss}
     */
    void loadSelectors(long rax, int cs, int ss) {
        cpu.regs[Registers.RAX] = rax;
        cpu.selector[Cpu.CS] = cs;
        cpu.selector[Cpu.SS] = ss;
        boolean retry;
        do {
            retry = false;
            try {
                if (cs != Selectors.CODE_64 && (cpu.descriptor(cs) & CODE_MASK) != CODE_64) {
                    bounce.exception(CpuFault.GP, cs & 0xfffc);
                    return;
                }
                if (ss != Selectors.STACK) {
                    cpu.loadSegment(Cpu.SS, ss);
                }
            } catch (CpuFault fault) {
                if (fault.vector != CpuFault.PF) {
                    bounce.exception(fault.vector, fault.errorCode);
                    return;
                }
                retry = pageFaults.descriptorFault(cpu.cr2, fault.errorCode);
                if (!retry) {
                    return;
                }
            }
        } while (retry);
        requireCanonicalRip(rax);
    }

    private long crash(String reason) {
        vcpu.domain.crash(vcpu, reason);
        return 0;
    }
}
