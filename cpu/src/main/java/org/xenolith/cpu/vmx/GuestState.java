package org.xenolith.cpu.vmx;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;

/** The guest-state area of a VMCS and the registers that it stands for (SDM vol. 3C, 25.4). */
final class GuestState {
    private static final int ACTIVE = 0;
    private static final int HALTED = 1;
    private static final int SHUT_DOWN = 2;
    private static final int WAITS_FOR_SIPI = 3;
    private static final long ACCESS_BITS = 0x1f0ff;
    private static final int SEGMENTS = 8;

    private GuestState() {}

    /** Writes the fields from the registers. */
    static void save(Cpu c, Vmcs vmcs) {
        for (int i = 0; i < SEGMENTS; i++) {
            vmcs.store(segment(VmcsField.GUEST_ES_SELECTOR, i), c.selector[i]);
            vmcs.store(segment(VmcsField.GUEST_ES_BASE, i), c.segmentBase[i]);
            vmcs.store(segment(VmcsField.GUEST_ES_LIMIT, i), c.segmentLimit[i]);
            vmcs.store(
                    segment(VmcsField.GUEST_ES_ACCESS_RIGHTS, i), c.segmentAccess[i] & ACCESS_BITS);
        }
        vmcs.store(VmcsField.GUEST_GDTR_BASE, c.gdtBase);
        vmcs.store(VmcsField.GUEST_GDTR_LIMIT, c.gdtLimit);
        vmcs.store(VmcsField.GUEST_IDTR_BASE, c.idtBase);
        vmcs.store(VmcsField.GUEST_IDTR_LIMIT, c.idtLimit);
        vmcs.store(VmcsField.GUEST_CR0, c.cr0);
        vmcs.store(VmcsField.GUEST_CR3, c.cr3());
        vmcs.store(VmcsField.GUEST_CR4, c.cr4);
        vmcs.store(VmcsField.GUEST_DR7, c.debug[7]);
        vmcs.store(VmcsField.GUEST_RSP, c.regs[Cpu.RSP]);
        vmcs.store(VmcsField.GUEST_RIP, c.rip);
        vmcs.store(VmcsField.GUEST_RFLAGS, Flags.get(c));
        vmcs.store(VmcsField.GUEST_IA32_EFER, c.efer);
        vmcs.store(VmcsField.GUEST_IA32_SYSENTER_CS, c.sysenterCs);
        vmcs.store(VmcsField.GUEST_IA32_SYSENTER_ESP, c.sysenterEsp);
        vmcs.store(VmcsField.GUEST_IA32_SYSENTER_EIP, c.sysenterEip);
        vmcs.store(VmcsField.GUEST_ACTIVITY, activity(c));
        vmcs.store(VmcsField.GUEST_INTERRUPTIBILITY, interruptibility(c));
    }

    private static VmcsField segment(VmcsField first, int segment) {
        return VmcsField.of(first.encoding + 2L * segment);
    }

    private static int activity(Cpu c) {
        if (c.waitsForStartup) {
            return WAITS_FOR_SIPI;
        }
        if (c.shutdown) {
            return SHUT_DOWN;
        }
        return c.halted ? HALTED : ACTIVE;
    }

    private static int interruptibility(Cpu c) {
        int state = c.nmiBlocked ? Controls.BLOCKING_BY_NMI : 0;
        if (c.instructions < c.debugShadowUntil) {
            return state | Controls.BLOCKING_BY_MOV_SS;
        }
        return c.instructions < c.shadowUntil ? state | Controls.BLOCKING_BY_STI : state;
    }
}
