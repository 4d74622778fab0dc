package org.xenolith.cpu.vmx;

import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;

/**
 * Lists in memory of MSRs that VM entry and exit load or store (SDM vol. 3C, 25.7.2, 27.4, 28.4 and
 * 28.6): 16 bytes each, with the number, 32 reserved bits and the value.
 */
final class MsrLists {
    private static final int BYTES = 16;
    private static final int VALUE_AT = 8;
    private static final int FS_BASE = 0xc0000100;
    private static final int GS_BASE = 0xc0000101;
    private static final int MICROCODE_UPDATE = 0x79;
    private static final int SMM_MONITOR = 0x9b;
    private static final int X2APIC_PAGE = 8;

    private MsrLists() {}

    /**
     * Loads the MSRs of a list.
     *
     * @param entry at VM entry, where the segment bases are none of its business
     * @return 0, or the number of the entry that failed, counted from 1
     */
    static int load(Cpu c, long count, long address, boolean entry) {
        for (int i = 0; i < count; i++) {
            if (i >= Capabilities.MOST_MSRS || !loadOne(c, address + (long) BYTES * i, entry)) {
                return i + 1;
            }
        }
        return 0;
    }

    private static boolean loadOne(Cpu c, long at, boolean entry) {
        PhysicalMemory ram = c.ram;
        if (!ram.contains(at, BYTES) || ram.get32(at + 4) != 0) {
            return false;
        }
        int msr = ram.get32(at);
        boolean base = msr == FS_BASE || msr == GS_BASE;
        boolean forbidden = msr >>> 8 == X2APIC_PAGE || msr == SMM_MONITOR;
        if (base || forbidden || entry && msr == MICROCODE_UPDATE) {
            return false;
        }
        try {
            c.msrs.write(msr, ram.get64(at + VALUE_AT));
            return true;
        } catch (CpuFault fault) {
            return false;
        }
    }

    /**
     * Stores the MSRs of a list.
     *
     * @return 0, or the number of the entry that failed, counted from 1
     */
    static int store(Cpu c, long count, long address) {
        for (int i = 0; i < count; i++) {
            if (i >= Capabilities.MOST_MSRS || !storeOne(c, address + (long) BYTES * i)) {
                return i + 1;
            }
        }
        return 0;
    }

    private static boolean storeOne(Cpu c, long at) {
        PhysicalMemory ram = c.ram;
        if (!ram.contains(at, BYTES) || ram.get32(at + 4) != 0) {
            return false;
        }
        int msr = ram.get32(at);
        if (msr >>> 8 == X2APIC_PAGE) {
            return false;
        }
        try {
            ram.put64(at + VALUE_AT, c.msrs.read(msr));
            return true;
        } catch (CpuFault fault) {
            return false;
        }
    }
}
