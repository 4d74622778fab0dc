package org.xenolith.pv.trap;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.PageWalker;
import org.xenolith.cpu.state.Registers;
import org.xenolith.pv.trap.state.Addresses;
import org.xenolith.pv.trap.state.Callback;
import org.xenolith.pv.trap.state.GuestWindow;
import org.xenolith.pv.trap.state.Selectors;
import org.xenolith.pv.trap.state.VcpuState;
import org.xenolith.xen.domain.Vcpu;

/**
 * Enters the guest's kernel: switches to it if its user program ran, builds a frame on its stack
 * and continues at its handler.
 *
 * <p>A frame is, from rsp upwards, {@code rcx, r11, [error code], rip, cs, rflags, rsp, ss}. The
 * stack is aligned to 16 bytes before it is pushed. The cs slot holds privilege level 0 if the
 * kernel was interrupted, and the previous event mask in its upper half; rflags.IF is that mask
 * inverted. A stack that cannot hold the frame, or a missing handler, ends the domain.
 */
final class Bounce {
    private static final int NMI = 2;
    private static final int WORD = 8;
    private static final int FRAME_WORDS = 7;
    private static final int FAILSAFE_WORDS = 11;

    /** Offset of evtchn_upcall_mask in vcpu_info (public/xen.h). */
    private static final int UPCALL_MASK = 1;

    /** What entry clears in RFLAGS (SDM vol. 3A, 7.12.1.3), and AC, as in a kernel of its own. */
    private static final long CLEARED_ON_ENTRY =
            Flags.TF | Flags.NT | Flags.RF | Flags.VM | Flags.AC | Flags.IOPL;

    private final VcpuState state;
    private final Vcpu vcpu;
    private final Cpu cpu;
    private final GuestWindow stack;

    Bounce(VcpuState state) {
        this.state = state;
        this.vcpu = state.vcpu;
        this.cpu = state.cpu;
        this.stack = new GuestWindow(vcpu);
    }

    /** Delivers an exception other than #PF through the trap table. */
    void exception(int vector, int errorCode) {
        trap(vector, CpuFault.hasErrorCode(vector), errorCode);
    }

    /**
     * Delivers #PF. The guest sees the user bit of the error code as its own kernel mode has it,
     * not as CPL 3 made it.
     */
    void pageFault(long address, int errorCode) {
        state.control.cr2 = address;
        vcpu.setInfoCr2(address);
        int user = PageWalker.ERR_USER;
        trap(CpuFault.PF, true, state.kernelMode() ? errorCode & ~user : errorCode | user);
    }

    /** Delivers INT n, which never has an error code. */
    void softwareInterrupt(int vector) {
        trap(vector, false, 0);
    }

    /** Delivers an NMI and holds back further ones until the guest's iret. */
    void nmi() {
        state.nmiPending = false;
        if (state.traps.address(NMI) != 0) {
            state.nmiMasked = true;
            trap(NMI, false, 0);
        }
    }

    /** Enters the event callback, with events masked. */
    void event() {
        enter("event callback", state.event.address, true, false, 0);
    }

    /** Enters a callback that a SYSCALL of the user program leads to. */
    void syscall(Callback callback, boolean maskEvents) {
        enter("syscall callback", callback.address, maskEvents, false, 0);
        cpu.eflags &= ~(long) Flags.DF;
    }

    private void trap(int vector, boolean hasError, int errorCode) {
        long handler = state.traps.address(vector);
        if (handler == 0) {
            String error = hasError ? ", error code 0x%x".formatted(errorCode) : "";
            String address =
                    vector == CpuFault.PF ? ", address 0x%x".formatted(state.control.cr2) : "";
            crash("unhandled vector %d%s%s at rip 0x%x".formatted(vector, error, address, cpu.rip));
            return;
        }
        enter("trap handler", handler, state.traps.masksEvents(vector), hasError, errorCode);
    }

    private void enter(
            String what, long handler, boolean maskEvents, boolean hasError, int errorCode) {
        if (handler == 0) {
            crash("no " + what + " is registered");
            return;
        }
        boolean interruptedKernel = state.kernelMode();
        int words = hasError ? FRAME_WORDS + 1 : FRAME_WORDS;
        long sp = openStack(what, words);
        if (sp == 0) {
            return;
        }
        int at = 0;
        stack.put64(at, cpu.regs[Registers.RCX]);
        stack.put64(at += WORD, cpu.regs[Registers.R11]);
        if (hasError) {
            stack.put64(at += WORD, errorCode & 0xffffffffL);
        }
        interruptFrame(at + WORD, interruptedKernel);
        continueAt(handler, sp, maskEvents);
    }

    /**
     * Enters the failsafe callback after selectors could not be loaded: {@code rcx, r11, ds, es,
     * fs, gs} and the interrupt frame.
     */
    void failsafe(int ds, int es, int fs, int gs) {
        if (state.failsafe.address == 0) {
            crash("no failsafe callback is registered");
            return;
        }
        boolean interruptedKernel = state.kernelMode();
        long sp = openStack("failsafe callback", FAILSAFE_WORDS);
        if (sp == 0) {
            return;
        }
        int at = 0;
        stack.put64(at, cpu.regs[Registers.RCX]);
        stack.put64(at += WORD, cpu.regs[Registers.R11]);
        stack.put64(at += WORD, ds);
        stack.put64(at += WORD, es);
        stack.put64(at += WORD, fs);
        stack.put64(at += WORD, gs);
        interruptFrame(at + WORD, interruptedKernel);
        continueAt(state.failsafe.address, sp, state.failsafe.masksEvents);
    }

    /** Switches to kernel mode and opens the new frame; returns its address, or 0 after a crash. */
    private long openStack(String what, int words) {
        long top;
        if (state.kernelMode()) {
            top = cpu.regs[Registers.RSP];
        } else {
            state.toggleMode();
            top = state.kernelSp;
        }
        top &= ~15L;
        long sp = top - (long) words * WORD;
        boolean reachesHypervisor =
                Long.compareUnsigned(top, Addresses.HYPERVISOR_START) > 0
                        && Long.compareUnsigned(top, Addresses.HYPERVISOR_END + 8 * WORD) < 0;
        if (reachesHypervisor || !stack.open(sp, words * WORD, GuestWindow.WRITE)) {
            crash("%s: kernel stack 0x%x cannot take a frame".formatted(what, top));
            return 0;
        }
        return sp;
    }

    /** rip, cs with the event mask, rflags, rsp, ss. */
    private void interruptFrame(int at, boolean interruptedKernel) {
        int mask = vcpu.info == 0 ? 1 : cpu.ram.get8(vcpu.info + UPCALL_MASK) & 0xff;
        long cs = cpu.selector[Cpu.CS];
        if (interruptedKernel) {
            cs &= ~3L;
        }
        long flags = Flags.get(cpu) & ~(long) (Flags.IF | Flags.IOPL);
        if (mask == 0) {
            flags |= Flags.IF;
        }
        if (state.assists(VcpuState.ASSIST_ARCHITECTURAL_IOPL)) {
            flags |= state.iopl;
        }
        stack.put64(at, cpu.rip);
        stack.put64(at + WORD, cs | (long) mask << 32);
        stack.put64(at + 2 * WORD, flags);
        stack.put64(at + 3 * WORD, cpu.regs[Registers.RSP]);
        stack.put64(at + 4 * WORD, cpu.selector[Cpu.SS]);
    }

    private void continueAt(long handler, long sp, boolean maskEvents) {
        if (maskEvents) {
            vcpu.setUpcallMask(true);
        }
        cpu.fpu.settle(cpu.selector); // the x87 pointers are the user's
        cpu.selector[Cpu.CS] = Selectors.CODE_64;
        cpu.selector[Cpu.SS] = Selectors.STACK;
        cpu.regs[Registers.RSP] = sp;
        cpu.eflags &= ~CLEARED_ON_ENTRY;
        cpu.privilegeChanged(); // alignment is not checked any more
        cpu.rip = handler;
    }

    private void crash(String reason) {
        vcpu.domain.crash(vcpu, reason);
    }
}
