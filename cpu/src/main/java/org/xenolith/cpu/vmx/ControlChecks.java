package org.xenolith.cpu.vmx;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.NonRoot;

/** Checks of the control fields at VM entry (SDM vol. 3C, 27.2.1). */
final class ControlChecks extends EntryChecks {
    private static final int MSR_ALIGNMENT = 15;
    private static final int MSR_BYTES = 16;
    private static final int DESCRIPTOR_ALIGNMENT = 63;
    private static final int PRIORITY = 15;
    private static final int PRIORITY_AT = 0x80;

    private static final int RESERVED_TYPE = 1;
    private static final int OTHER_EVENT = 7;
    private static final int INFORMATION_RESERVED = 0x7ffff000;
    private static final int NMI_VECTOR = 2;
    private static final int EXCEPTIONS = 32;
    private static final int LONGEST_INSTRUCTION = 15;

    ControlChecks(Cpu cpu, Vmcs vmcs, Capabilities capabilities) {
        super(cpu, vmcs, capabilities);
    }

    boolean pass() {
        return reserved()
                && bitmaps()
                && apic()
                && interrupts()
                && translation()
                && msrLists()
                && injection();
    }

    private boolean reserved() {
        return allowed(get32(VmcsField.PIN_BASED_CONTROLS), capabilities.pinBased())
                && allowed(get32(VmcsField.PROCESSOR_BASED_CONTROLS), capabilities.primary())
                && (!primary(Controls.SECONDARY_CONTROLS)
                        || allowed(get32(VmcsField.SECONDARY_CONTROLS), capabilities.secondary()))
                && allowed(get32(VmcsField.EXIT_CONTROLS), capabilities.exit())
                && allowed(get32(VmcsField.ENTRY_CONTROLS), capabilities.entry())
                && get(VmcsField.CR3_TARGET_COUNT) <= Capabilities.MOST_CR3_TARGETS;
    }

    private boolean bitmaps() {
        boolean ports = page(VmcsField.IO_BITMAP_A) && page(VmcsField.IO_BITMAP_B);
        boolean fields = page(VmcsField.VMREAD_BITMAP) && page(VmcsField.VMWRITE_BITMAP);
        return (!primary(Controls.USE_IO_BITMAPS) || ports)
                && (!secondary(Controls.VMCS_SHADOWING) || fields)
                && (!primary(Controls.USE_MSR_BITMAPS) || page(VmcsField.MSR_BITMAPS));
    }

    private boolean apic() {
        boolean accesses = secondary(Controls.VIRTUALIZE_APIC_ACCESSES);
        boolean x2apic = secondary(Controls.VIRTUALIZE_X2APIC);
        boolean delivery = secondary(Controls.VIRTUAL_INTERRUPT_DELIVERY);
        if (accesses && (x2apic || !page(VmcsField.APIC_ACCESS_ADDRESS))) {
            return false;
        }
        if (!primary(Controls.TPR_SHADOW)) {
            return !x2apic && !delivery && !secondary(Controls.APIC_REGISTER_VIRTUALIZATION);
        }
        if (!page(VmcsField.VIRTUAL_APIC_ADDRESS)) {
            return false;
        }
        int threshold = get32(VmcsField.TPR_THRESHOLD);
        return delivery
                || (threshold & ~PRIORITY) == 0 && (accesses || threshold <= virtualPriority());
    }

    private int virtualPriority() {
        long at = get(VmcsField.VIRTUAL_APIC_ADDRESS) + PRIORITY_AT;
        return cpu.ram.contains(at, 1) ? cpu.ram.get8(at) >>> 4 & PRIORITY : PRIORITY;
    }

    private boolean interrupts() {
        boolean nmis = has(VmcsField.PIN_BASED_CONTROLS, Controls.NMI_EXITING);
        boolean virtualNmis = has(VmcsField.PIN_BASED_CONTROLS, Controls.VIRTUAL_NMIS);
        boolean external = has(VmcsField.PIN_BASED_CONTROLS, Controls.EXTERNAL_INTERRUPT_EXITING);
        boolean timer = has(VmcsField.PIN_BASED_CONTROLS, Controls.PREEMPTION_TIMER);
        return (nmis || !virtualNmis)
                && (virtualNmis || !primary(Controls.NMI_WINDOW_EXITING))
                && (external || !secondary(Controls.VIRTUAL_INTERRUPT_DELIVERY))
                && posting()
                && (timer || !has(VmcsField.EXIT_CONTROLS, Controls.EXIT_SAVE_TIMER));
    }

    private boolean posting() {
        long descriptor = get(VmcsField.POSTED_INTERRUPT_DESCRIPTOR);
        return !has(VmcsField.PIN_BASED_CONTROLS, Controls.POSTED_INTERRUPTS)
                || secondary(Controls.VIRTUAL_INTERRUPT_DELIVERY)
                        && has(VmcsField.EXIT_CONTROLS, Controls.EXIT_ACKNOWLEDGE)
                        && get(VmcsField.POSTED_INTERRUPT_NOTIFICATION_VECTOR) >>> 8 == 0
                        && (descriptor & DESCRIPTOR_ALIGNMENT) == 0
                        && physical(descriptor);
    }

    private boolean translation() {
        boolean ept = secondary(Controls.ENABLE_EPT);
        long pointer = get(VmcsField.EPT_POINTER);
        return (!secondary(Controls.ENABLE_VPID) || get(VmcsField.VPID) != 0)
                && (!ept || EptVpid.isPointer(pointer, cpu.walker.physicalBits))
                && (ept || !secondary(Controls.MODE_BASED_EXECUTE))
                && (!secondary(Controls.ENABLE_PML) || ept && page(VmcsField.PML_ADDRESS))
                && (ept || !secondary(Controls.UNRESTRICTED_GUEST));
    }

    private boolean msrLists() {
        return list(VmcsField.EXIT_MSR_STORE_COUNT, VmcsField.EXIT_MSR_STORE_ADDRESS)
                && list(VmcsField.EXIT_MSR_LOAD_COUNT, VmcsField.EXIT_MSR_LOAD_ADDRESS)
                && list(VmcsField.ENTRY_MSR_LOAD_COUNT, VmcsField.ENTRY_MSR_LOAD_ADDRESS);
    }

    private boolean list(VmcsField count, VmcsField address) {
        long first = get(address);
        long last = first + get(count) * MSR_BYTES - 1;
        return get(count) == 0 || (first & MSR_ALIGNMENT) == 0 && physical(first) && physical(last);
    }

    // ---- the event to inject -------------------------------------------------------------------

    private boolean injection() {
        int info = get32(VmcsField.ENTRY_INTERRUPTION_INFORMATION);
        if ((info & Controls.INTERRUPTION_VALID) == 0) {
            return true;
        }
        int type = info >>> Controls.INTERRUPTION_TYPE_SHIFT & 7;
        int vector = info & 0xff;
        if (type == RESERVED_TYPE || (info & INFORMATION_RESERVED) != 0) {
            return false;
        }
        boolean vectorFits =
                switch (type) {
                    case NonRoot.TYPE_NMI -> vector == NMI_VECTOR;
                    case NonRoot.TYPE_EXCEPTION -> vector < EXCEPTIONS;
                    case OTHER_EVENT -> vector == 0;
                    default -> true;
                };
        return vectorFits && errorCode(info, type, vector) && length(type);
    }

    private boolean errorCode(int info, int type, int vector) {
        boolean real =
                secondary(Controls.UNRESTRICTED_GUEST) && !has(VmcsField.GUEST_CR0, Cpu.CR0_PE);
        boolean wanted = type == NonRoot.TYPE_EXCEPTION && CpuFault.hasErrorCode(vector) && !real;
        boolean given = (info & Controls.INTERRUPTION_ERROR_CODE) != 0;
        return given == wanted && (!given || get(VmcsField.ENTRY_EXCEPTION_ERROR_CODE) >>> 16 == 0);
    }

    private boolean length(int type) {
        boolean software =
                switch (type) {
                    case NonRoot.TYPE_SOFTWARE_INTERRUPT,
                            NonRoot.TYPE_PRIVILEGED_SOFTWARE_EXCEPTION,
                            NonRoot.TYPE_SOFTWARE_EXCEPTION ->
                            true;
                    default -> false;
                };
        return !software || get(VmcsField.ENTRY_INSTRUCTION_LENGTH) <= LONGEST_INSTRUCTION;
    }
}
