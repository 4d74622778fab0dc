package org.xenolith.cpu.state;

import org.xenolith.cpu.memory.PhysicalMemory;

/**
 * Accesses that the processor makes by itself: to descriptor tables and task-state segments. They
 * have supervisor rights at whatever privilege level, and EFLAGS.AC does not let them reach user
 * pages where SMAP is on (SDM vol. 3A, 5.6, "implicit supervisor-mode accesses"). They raise #PF
 * with U/S = 0.
 */
public abstract class SystemMemory extends LinearMemory {
    SystemMemory(PhysicalMemory ram) {
        super(ram);
    }

    /** Loads a byte, zero-extended. */
    public final int loadSystem8(long va) {
        return (int) systemLoad(va, 1) & 0xff;
    }

    /** Loads two bytes, zero-extended. */
    public final int loadSystem16(long va) {
        return (int) systemLoad(va, 2) & 0xffff;
    }

    /** Loads four bytes. */
    public final int loadSystem32(long va) {
        return (int) systemLoad(va, 4);
    }

    /** Loads eight bytes. */
    public final long loadSystem64(long va) {
        return systemLoad(va, 8);
    }

    /** Stores the low byte; all checks come before any byte changes, as in all of these. */
    public final void storeSystem8(long va, int value) {
        systemStore(va, value, 1);
    }

    /** Stores the low two bytes. */
    public final void storeSystem16(long va, int value) {
        systemStore(va, value, 2);
    }

    /** Stores four bytes. */
    public final void storeSystem32(long va, int value) {
        systemStore(va, value, 4);
    }

    /** Stores eight bytes. */
    public final void storeSystem64(long va, long value) {
        systemStore(va, value, 8);
    }
}
