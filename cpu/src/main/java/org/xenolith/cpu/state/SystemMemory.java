package org.xenolith.cpu.state;

import org.xenolith.cpu.memory.PhysicalMemory;

/**
 * Accesses that the processor makes by itself: to descriptor tables and task-state segments. They
 * have supervisor rights at whatever privilege level, and EFLAGS.AC does not let them reach user
 * pages where SMAP is on (SDM vol. 3A, 5.6, "implicit supervisor-mode accesses"). They raise #PF
 * with U/S = 0. Loads and stores keep the promises of {@link LinearMemory}.
 */
public abstract class SystemMemory extends LinearMemory {
    SystemMemory(PhysicalMemory ram) {
        super(ram);
    }

    public final byte loadSystem8(long va) {
        return (byte) systemLoad(va, 1);
    }

    public final short loadSystem16(long va) {
        return (short) systemLoad(va, 2);
    }

    public final int loadSystem32(long va) {
        return (int) systemLoad(va, 4);
    }

    public final long loadSystem64(long va) {
        return systemLoad(va, 8);
    }

    public final void storeSystem8(long va, byte value) {
        systemStore(va, value, 1);
    }

    public final void storeSystem16(long va, short value) {
        systemStore(va, value, 2);
    }

    public final void storeSystem32(long va, int value) {
        systemStore(va, value, 4);
    }

    public final void storeSystem64(long va, long value) {
        systemStore(va, value, 8);
    }

    /**
     * Translates as such an access does, up to the end of the page.
     *
     * @return the machine address, which need not be one of RAM
     */
    public final long systemAddress(long va, boolean write) {
        return systemTranslate(va, write ? PageWalker.ERR_WRITE : 0);
    }
}
