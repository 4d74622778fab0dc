package org.xenolith.cpu.vmx;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;

/** Loads the registers from the host-state area, as a VM exit does (SDM vol. 3C, 28.5). */
final class HostState {
    private static final int CODE_64 = 0xa09b;
    private static final int CODE_32 = 0xc09b;
    private static final int DATA = 0xc093;
    private static final int TASK = 0x8b;
    private static final int TASK_LIMIT = 0x67;
    private static final int TABLE_LIMIT = 0xffff;
    private static final long FLAT = 0xffffffffL;
    private static final int DR7 = 0x400;
    private static final int FLAGS = 2;

    private HostState() {}

    /**
     * Loads all but CR3 and translation, which is up to the caller.
     *
     * @param exit the VM-exit controls
     */
    static void load(Cpu c, Vmcs vmcs, int exit) {
        boolean wide = (exit & Controls.EXIT_HOST_64) != 0;
        long cr0 = vmcs.read(VmcsField.HOST_CR0);
        c.cr0 = c.cr0 & ~GuestState.CR0_LOADED | cr0 & GuestState.CR0_LOADED;
        long cr4 = vmcs.read(VmcsField.HOST_CR4);
        c.cr4 = wide ? cr4 | Cpu.CR4_PAE : cr4 & ~(long) Cpu.CR4_PCIDE;
        if ((exit & Controls.EXIT_LOAD_EFER) != 0) {
            c.efer = vmcs.read(VmcsField.HOST_IA32_EFER);
        } else {
            long both = Cpu.EFER_LMA | Cpu.EFER_LME;
            c.efer = c.efer & ~both | (wide ? both : 0);
        }
        c.setDebug(7, DR7);
        c.branches.control(0);
        c.sysenterCs = (int) vmcs.read(VmcsField.HOST_IA32_SYSENTER_CS);
        c.sysenterEsp = vmcs.read(VmcsField.HOST_IA32_SYSENTER_ESP);
        c.sysenterEip = vmcs.read(VmcsField.HOST_IA32_SYSENTER_EIP);
        Flags.set(c, FLAGS);
        c.cpl = 0;
        segments(c, vmcs, wide);
        c.gdtBase = vmcs.read(VmcsField.HOST_GDTR_BASE);
        c.gdtLimit = TABLE_LIMIT;
        c.idtBase = vmcs.read(VmcsField.HOST_IDTR_BASE);
        c.idtLimit = TABLE_LIMIT;
        c.regs[Cpu.RSP] = vmcs.read(VmcsField.HOST_RSP);
        c.rip = vmcs.read(VmcsField.HOST_RIP);
        c.shadowUntil = 0;
        c.debugShadowUntil = 0;
        c.heldBreakpoints = 0;
        c.halted = false;
        c.shutdown = false;
        c.waitsForStartup = false;
        c.monitor.disarm();
        c.updateMode();
    }

    private static void segments(Cpu c, Vmcs vmcs, boolean wide) {
        data(c, Cpu.ES, vmcs.read(VmcsField.HOST_ES_SELECTOR), 0);
        data(c, Cpu.SS, vmcs.read(VmcsField.HOST_SS_SELECTOR), 0);
        data(c, Cpu.DS, vmcs.read(VmcsField.HOST_DS_SELECTOR), 0);
        long fs = vmcs.read(VmcsField.HOST_FS_BASE);
        data(c, Cpu.FS, vmcs.read(VmcsField.HOST_FS_SELECTOR), fs);
        long gs = vmcs.read(VmcsField.HOST_GS_BASE);
        data(c, Cpu.GS, vmcs.read(VmcsField.HOST_GS_SELECTOR), gs);
        int cs = (int) vmcs.read(VmcsField.HOST_CS_SELECTOR);
        c.setSegment(Cpu.CS, cs, 0, FLAT, wide ? CODE_64 : CODE_32);
        int tr = (int) vmcs.read(VmcsField.HOST_TR_SELECTOR);
        c.setSegment(Cpu.TR, tr, vmcs.read(VmcsField.HOST_TR_BASE), TASK_LIMIT, TASK);
        c.setSegment(Cpu.LDTR, 0, 0, -1, Cpu.ACCESS_UNUSABLE);
    }

    private static void data(Cpu c, int segment, long selector, long base) {
        boolean usable = selector != 0;
        c.setSegment(
                segment,
                (int) selector,
                base,
                usable ? FLAT : 0,
                usable ? DATA : Cpu.ACCESS_UNUSABLE);
    }
}
