package org.xenolith.cpu.vmx;

import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.cpu.state.CpuFault;

/**
 * What exits by its operand, as bitmaps and lists of the VMCS say (SDM vol. 3C, 25.6.3 to 25.6.9
 * and 26.1.3): ports, MSRs, VMCS fields, values of CR3, exceptions.
 */
final class Intercepts {
    private static final int PORTS = 0x10000;
    private static final int LOW_MSRS = 0x2000;
    private static final int HIGH_MSRS = 0xc0000000;
    private static final int HIGH_BITMAP = 1024;
    private static final int WRITE_BITMAP = 2048;
    private static final int FIELD_BITS = 15;
    private static final int BITMAP_B = 1 << 15;

    private final NonRootOperation owner;
    private int exceptions;
    private int faultMask;
    private int faultMatch;
    private long portsA;
    private long portsB;
    private long msrs;
    private long[] cr3Targets = {};

    /** The hypervisor lets the guest execute an I/O instruction itself. */
    boolean portsOpen;

    Intercepts(NonRootOperation owner) {
        this.owner = owner;
    }

    /** Takes them on from the VMCS. */
    void load() {
        Vmcs vmcs = owner.vmcs;
        exceptions = owner.field(VmcsField.EXCEPTION_BITMAP);
        faultMask = owner.field(VmcsField.PAGE_FAULT_ERROR_CODE_MASK);
        faultMatch = owner.field(VmcsField.PAGE_FAULT_ERROR_CODE_MATCH);
        portsA = vmcs.read(VmcsField.IO_BITMAP_A);
        portsB = vmcs.read(VmcsField.IO_BITMAP_B);
        msrs = vmcs.read(VmcsField.MSR_BITMAPS);
        int targets = owner.field(VmcsField.CR3_TARGET_COUNT);
        cr3Targets = new long[Math.min(targets, Capabilities.MOST_CR3_TARGETS)];
        for (int i = 0; i < cr3Targets.length; i++) {
            cr3Targets[i] = vmcs.read(VmcsField.of(VmcsField.CR3_TARGET_0.encoding + 2 * i));
        }
    }

    /** Whether IN or OUT exits. */
    boolean ports(int port, int size) {
        if (portsOpen) {
            return false;
        }
        if (!owner.primary(Controls.USE_IO_BITMAPS)) {
            return owner.primary(Controls.UNCONDITIONAL_IO_EXITING);
        }
        if (port + size > PORTS) {
            return true;
        }
        for (int p = port; p < port + size; p++) {
            if (isSet((p & BITMAP_B) == 0 ? portsA : portsB, p & ~BITMAP_B)) {
                return true;
            }
        }
        return false;
    }

    /** Whether RDMSR or WRMSR exits. */
    boolean msr(int msr, boolean write) {
        if (!owner.primary(Controls.USE_MSR_BITMAPS)) {
            return true;
        }
        boolean low = msr >= 0 && msr < LOW_MSRS;
        boolean high = msr >= HIGH_MSRS && msr < HIGH_MSRS + LOW_MSRS;
        if (!low && !high) {
            return true;
        }
        long bitmap = msrs + (high ? HIGH_BITMAP : 0) + (write ? WRITE_BITMAP : 0);
        return isSet(bitmap, msr & LOW_MSRS - 1);
    }

    /** A bit of a bitmap in memory; where there is no RAM, all are set. */
    private boolean isSet(long bitmap, int number) {
        PhysicalMemory ram = owner.cpu.ram;
        long at = bitmap + (number >>> 3);
        return !ram.contains(at, 1) || (ram.get8(at) >>> (number & 7) & 1) != 0;
    }

    /** Whether VMREAD or VMWRITE exits, or reaches the shadow VMCS. */
    boolean field(long encoding, boolean write) {
        if (!owner.secondary(Controls.VMCS_SHADOWING) || encoding >>> FIELD_BITS != 0) {
            return true;
        }
        VmcsField bitmap = write ? VmcsField.VMWRITE_BITMAP : VmcsField.VMREAD_BITMAP;
        return isSet(owner.vmcs.read(bitmap), (int) encoding);
    }

    /** Whether MOV to CR3 exits, where that is asked for: the CR3-target values do not. */
    boolean cr3(long value) {
        for (long target : cr3Targets) {
            if (target == value) {
                return false;
            }
        }
        return true;
    }

    /** Whether an exception exits. */
    boolean exception(int vector, int errorCode) {
        boolean set = (exceptions >>> vector & 1) != 0;
        if (vector == CpuFault.PF) {
            return set == ((errorCode & faultMask) == faultMatch);
        }
        return set;
    }
}
