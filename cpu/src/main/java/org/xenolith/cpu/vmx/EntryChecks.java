package org.xenolith.cpu.vmx;

import org.xenolith.cpu.state.Cpu;

/** What the checks of a VM entry have in common: the VMCS, and questions about its values. */
abstract class EntryChecks {
    private static final int PAGE = 4096;
    private static final long EFER_DEFINED =
            Cpu.EFER_SCE | Cpu.EFER_LME | Cpu.EFER_LMA | Cpu.EFER_NXE;

    final Cpu cpu;
    final Vmcs vmcs;
    final Capabilities capabilities;

    EntryChecks(Cpu cpu, Vmcs vmcs, Capabilities capabilities) {
        this.cpu = cpu;
        this.vmcs = vmcs;
        this.capabilities = capabilities;
    }

    final long get(VmcsField field) {
        return vmcs.read(field);
    }

    final int get32(VmcsField field) {
        return (int) vmcs.read(field);
    }

    final boolean has(VmcsField field, int bit) {
        return (get32(field) & bit) != 0;
    }

    final boolean primary(int control) {
        return has(VmcsField.PROCESSOR_BASED_CONTROLS, control);
    }

    /** A secondary control, which counts only where they are activated. */
    final boolean secondary(int control) {
        return primary(Controls.SECONDARY_CONTROLS) && has(VmcsField.SECONDARY_CONTROLS, control);
    }

    /** The IA-32e mode guest control. */
    final boolean guest64() {
        return has(VmcsField.ENTRY_CONTROLS, Controls.ENTRY_GUEST_64);
    }

    final boolean canonical(VmcsField field) {
        return cpu.canonicalBase(get(field));
    }

    /** Whether a field is the physical address of a page. */
    final boolean page(VmcsField field) {
        return page(get(field));
    }

    final boolean page(long address) {
        return physical(address) && (address & PAGE - 1) == 0;
    }

    final boolean physical(long address) {
        return address >>> cpu.walker.physicalBits == 0;
    }

    /** Whether control bits are among those allowed, and all that must be 1 are. */
    static boolean allowed(int value, long capability) {
        int required = (int) capability;
        int possible = (int) (capability >>> 32);
        return (value & required) == required && (value & ~possible) == 0;
    }

    /** Whether CR0 and CR4 bits are as VMX operation has them. */
    final boolean controlRegisters(long cr0, long cr4, long cr0Free) {
        long required = capabilities.cr0Required() & ~cr0Free;
        return (cr0 & required) == required
                && cr0 >>> 32 == 0
                && (cr4 & capabilities.cr4Required()) == capabilities.cr4Required()
                && (cr4 & ~capabilities.cr4Allowed()) == 0;
    }

    /** Whether each byte of IA32_PAT is a memory type: UC, WC, WT, WP, WB, UC-. */
    static boolean memoryTypes(long pat) {
        for (int i = 0; i < 8; i++) {
            int type = (int) (pat >>> 8 * i) & 0xff;
            if (type > 7 || type == 2 || type == 3) {
                return false;
            }
        }
        return true;
    }

    static boolean efer(long value, boolean lma, boolean lme) {
        return (value & ~EFER_DEFINED) == 0
                && (value & Cpu.EFER_LMA) != 0 == lma
                && (value & Cpu.EFER_LME) != 0 == lme;
    }
}
