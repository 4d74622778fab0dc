package org.xenolith.cpu.vmx;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;

/** The guest-state area of a VMCS and the registers that it stands for (SDM vol. 3C, 25.4). */
final class GuestState {
    /** Activity states. */
    static final int ACTIVE = 0;

    static final int HALTED = 1;
    static final int SHUT_DOWN = 2;
    static final int WAITS_FOR_SIPI = 3;

    private static final long PENDING_ENABLED = 1 << 12;
    private static final long PENDING_STEP = 1 << 14;
    private static final long DR7_WRITABLE = 0xffff23ffL;
    private static final int DR7_ONES = 0x400;

    /** CR0 bits that VM entry and exit change; it keeps CD, NW and ET. */
    static final long CR0_LOADED =
            Cpu.CR0_PE
                    | Cpu.CR0_MP
                    | Cpu.CR0_EM
                    | Cpu.CR0_TS
                    | Cpu.CR0_NE
                    | Cpu.CR0_WP
                    | Cpu.CR0_AM
                    | Cpu.CR0_PG;

    private static final long ACCESS_BITS = 0x1f0ff;
    private static final int SEGMENTS = 8;

    private GuestState() {}

    /** Writes all fields from the registers. */
    static void save(Cpu c, Vmcs vmcs) {
        save(c, vmcs, -1);
    }

    /**
     * As above, but for what the controls leave alone.
     *
     * @param exit the VM-exit controls
     */
    static void save(Cpu c, Vmcs vmcs, int exit) {
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
        if ((exit & Controls.EXIT_SAVE_DEBUG) != 0) {
            vmcs.store(VmcsField.GUEST_DR7, c.debug[7]);
            vmcs.store(VmcsField.GUEST_IA32_DEBUGCTL, c.branches.control());
        }
        vmcs.store(VmcsField.GUEST_RSP, c.regs[Cpu.RSP]);
        vmcs.store(VmcsField.GUEST_RIP, c.rip);
        vmcs.store(VmcsField.GUEST_RFLAGS, Flags.get(c));
        if ((exit & Controls.EXIT_SAVE_EFER) != 0) {
            vmcs.store(VmcsField.GUEST_IA32_EFER, c.efer);
        }
        vmcs.store(VmcsField.GUEST_IA32_SYSENTER_CS, c.sysenterCs);
        vmcs.store(VmcsField.GUEST_IA32_SYSENTER_ESP, c.sysenterEsp);
        vmcs.store(VmcsField.GUEST_IA32_SYSENTER_EIP, c.sysenterEip);
        vmcs.store(VmcsField.GUEST_ACTIVITY, activity(c));
        int blocking = interruptibility(c);
        vmcs.store(VmcsField.GUEST_INTERRUPTIBILITY, blocking);
        boolean step = (blocking & Controls.BLOCKING_BY_MOV_SS) != 0 && (c.eflags & Flags.TF) != 0;
        long held = c.heldBreakpoints;
        long pending = held | (held != 0 ? PENDING_ENABLED : 0) | (step ? PENDING_STEP : 0);
        vmcs.store(VmcsField.GUEST_PENDING_DEBUG_EXCEPTIONS, pending);
    }

    /** The field of a segment register, whose kind the field of ES names. */
    static VmcsField segment(VmcsField first, int segment) {
        return VmcsField.of(first.encoding + 2L * segment);
    }

    /** The field of a PDPTE, 0 to 3. */
    static VmcsField pdpte(int index) {
        return VmcsField.of(VmcsField.GUEST_PDPTE0.encoding + 2L * index);
    }

    /** Writes the PDPTEs to their fields. */
    static void savePdptes(Cpu c, Vmcs vmcs) {
        for (int i = 0; i < 4; i++) {
            vmcs.store(pdpte(i), c.walker.pdpte(i));
        }
    }

    /**
     * Loads the registers from fields that have been checked, but for translation, which is up to
     * the caller.
     *
     * @param entry the VM-entry controls
     */
    static void load(Cpu c, Vmcs vmcs, int entry) {
        long cr0 = vmcs.read(VmcsField.GUEST_CR0);
        c.cr0 = c.cr0 & ~CR0_LOADED | cr0 & CR0_LOADED;
        c.cr4 = vmcs.read(VmcsField.GUEST_CR4);
        loadEfer(c, vmcs, entry);
        if ((entry & Controls.ENTRY_LOAD_DEBUG) != 0) {
            c.setDebug(7, vmcs.read(VmcsField.GUEST_DR7) & DR7_WRITABLE | DR7_ONES);
            c.branches.control(vmcs.read(VmcsField.GUEST_IA32_DEBUGCTL));
        }
        c.sysenterCs = (int) vmcs.read(VmcsField.GUEST_IA32_SYSENTER_CS);
        c.sysenterEsp = vmcs.read(VmcsField.GUEST_IA32_SYSENTER_ESP);
        c.sysenterEip = vmcs.read(VmcsField.GUEST_IA32_SYSENTER_EIP);
        for (int i = 0; i < SEGMENTS; i++) {
            loadSegment(c, vmcs, i);
        }
        c.gdtBase = vmcs.read(VmcsField.GUEST_GDTR_BASE);
        c.gdtLimit = (int) vmcs.read(VmcsField.GUEST_GDTR_LIMIT);
        c.idtBase = vmcs.read(VmcsField.GUEST_IDTR_BASE);
        c.idtLimit = (int) vmcs.read(VmcsField.GUEST_IDTR_LIMIT);
        c.regs[Cpu.RSP] = vmcs.read(VmcsField.GUEST_RSP);
        c.rip = vmcs.read(VmcsField.GUEST_RIP);
        Flags.set(c, vmcs.read(VmcsField.GUEST_RFLAGS));
        c.cpl = c.segmentAccess[Cpu.SS] >>> Cpu.ACCESS_DPL_SHIFT & 3;
        loadInterruptibility(c, (int) vmcs.read(VmcsField.GUEST_INTERRUPTIBILITY));
        c.updateMode();
    }

    private static void loadSegment(Cpu c, Vmcs vmcs, int i) {
        int access = (int) vmcs.read(segment(VmcsField.GUEST_ES_ACCESS_RIGHTS, i));
        c.setSegment(
                i,
                (int) vmcs.read(segment(VmcsField.GUEST_ES_SELECTOR, i)),
                vmcs.read(segment(VmcsField.GUEST_ES_BASE, i)),
                vmcs.read(segment(VmcsField.GUEST_ES_LIMIT, i)),
                access);
    }

    private static void loadEfer(Cpu c, Vmcs vmcs, int entry) {
        boolean wide = (entry & Controls.ENTRY_GUEST_64) != 0;
        if ((entry & Controls.ENTRY_LOAD_EFER) != 0) {
            c.efer = vmcs.read(VmcsField.GUEST_IA32_EFER);
        } else if ((c.cr0 & Cpu.CR0_PG) != 0) {
            long both = Cpu.EFER_LMA | Cpu.EFER_LME;
            c.efer = c.efer & ~both | (wide ? both : 0);
        } else {
            c.efer &= ~(long) Cpu.EFER_LMA;
        }
    }

    /** The instruction behind VM entry runs in the shadow that the guest was in. */
    private static void loadInterruptibility(Cpu c, int state) {
        c.shadowUntil = 0;
        c.debugShadowUntil = 0;
        if ((state & Controls.BLOCKING_BY_MOV_SS) != 0) {
            c.inhibitDebug();
        } else if ((state & Controls.BLOCKING_BY_STI) != 0) {
            c.inhibitInterrupts();
        }
        c.nmiBlocked = (state & Controls.BLOCKING_BY_NMI) != 0;
    }

    /** Puts the processor into the guest's activity state. */
    static void loadActivity(Cpu c, int state) {
        c.halted = state == HALTED;
        c.shutdown = state == SHUT_DOWN;
        c.waitsForStartup = state == WAITS_FOR_SIPI;
        if (state != ACTIVE) {
            c.requestStop();
        }
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
