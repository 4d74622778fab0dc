package org.xenolith.cpu.vmx;

import org.xenolith.cpu.state.Cpu;

/** Checks of the host-state area at VM entry (SDM vol. 3C, 27.2.2 to 27.2.4). */
final class HostChecks extends EntryChecks {
    private static final int RPL_AND_TI = 7;

    HostChecks(Cpu cpu, Vmcs vmcs, Capabilities capabilities) {
        super(cpu, vmcs, capabilities);
    }

    boolean pass() {
        return registers() && selectors() && bases() && addressSpace();
    }

    private boolean host64() {
        return has(VmcsField.EXIT_CONTROLS, Controls.EXIT_HOST_64);
    }

    private boolean registers() {
        boolean pat = has(VmcsField.EXIT_CONTROLS, Controls.EXIT_LOAD_PAT);
        boolean efer = has(VmcsField.EXIT_CONTROLS, Controls.EXIT_LOAD_EFER);
        return controlRegisters(get(VmcsField.HOST_CR0), get(VmcsField.HOST_CR4), 0)
                && physical(get(VmcsField.HOST_CR3))
                && canonical(VmcsField.HOST_IA32_SYSENTER_ESP)
                && canonical(VmcsField.HOST_IA32_SYSENTER_EIP)
                && (!pat || memoryTypes(get(VmcsField.HOST_IA32_PAT)))
                && (!efer || efer(get(VmcsField.HOST_IA32_EFER), host64(), host64()));
    }

    private boolean selectors() {
        VmcsField[] all = {
            VmcsField.HOST_ES_SELECTOR,
            VmcsField.HOST_CS_SELECTOR,
            VmcsField.HOST_SS_SELECTOR,
            VmcsField.HOST_DS_SELECTOR,
            VmcsField.HOST_FS_SELECTOR,
            VmcsField.HOST_GS_SELECTOR,
            VmcsField.HOST_TR_SELECTOR
        };
        for (VmcsField selector : all) {
            if (has(selector, RPL_AND_TI)) {
                return false;
            }
        }
        return get(VmcsField.HOST_CS_SELECTOR) != 0
                && get(VmcsField.HOST_TR_SELECTOR) != 0
                && (host64() || get(VmcsField.HOST_SS_SELECTOR) != 0);
    }

    private boolean bases() {
        return canonical(VmcsField.HOST_FS_BASE)
                && canonical(VmcsField.HOST_GS_BASE)
                && canonical(VmcsField.HOST_GDTR_BASE)
                && canonical(VmcsField.HOST_IDTR_BASE)
                && canonical(VmcsField.HOST_TR_BASE);
    }

    private boolean addressSpace() {
        if (cpu.longMode() != host64()) {
            return false;
        }
        long cr4 = get(VmcsField.HOST_CR4);
        if (host64()) {
            return (cr4 & Cpu.CR4_PAE) != 0 && canonical(VmcsField.HOST_RIP);
        }
        return !guest64() && (cr4 & Cpu.CR4_PCIDE) == 0 && get(VmcsField.HOST_RIP) >>> 32 == 0;
    }
}
