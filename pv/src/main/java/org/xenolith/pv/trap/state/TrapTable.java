package org.xenolith.pv.trap.state;

/**
 * The virtual IDT of one processor: what HYPERVISOR_set_trap_table registered ({@code struct
 * trap_info}, public/arch-x86/xen.h). A handler address of 0 means none.
 */
public final class TrapTable {
    /** Number of vectors. */
    public static final int SIZE = 256;

    private static final int DPL = 3;
    private static final int MASK_EVENTS = 4;

    private final long[] address = new long[SIZE];
    private final byte[] flags = new byte[SIZE];

    /** Handler of a vector, or 0. */
    public long address(int vector) {
        return address[vector];
    }

    /** Highest guest level whose INT n may enter: 0 nobody, 1 and 2 the kernel, 3 everyone. */
    public int privilege(int vector) {
        return flags[vector] & DPL;
    }

    /** Whether entry masks event delivery (TI_GET_IF). */
    public boolean masksEvents(int vector) {
        return (flags[vector] & MASK_EVENTS) != 0;
    }

    /**
     * Registers a handler. On x86-64 all handlers run on the flat kernel code segment, so the
     * entry's selector is not kept.
     */
    public void set(int vector, int entryFlags, long handler) {
        address[vector] = handler;
        flags[vector] = (byte) entryFlags;
    }

    /** Registers a handler that is entered with events masked and by no INT n. */
    public void setMasked(int vector, long handler) {
        set(vector, MASK_EVENTS, handler);
    }

    /** Removes every handler. */
    public void clear() {
        for (int v = 0; v < SIZE; v++) {
            set(v, 0, 0);
        }
    }
}
