package org.xenolith.hvm.p2m;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.frames.FrameTable;
import org.xenolith.xen.frames.SharedMemory;

/**
 * The physical memory of a translated guest: guest frame numbers to machine frames, kept as the EPT
 * tables that the processor walks (SDM vol. 3C, 29.3). Four levels; leaves of 4 KiB.
 *
 * <p>Not the machine's frames but references to them belong to this map: whoever enters or removes
 * one does the counting.
 */
public final class P2m {
    /** Width of a guest-physical address. */
    public static final int ADDRESS_BITS = 45;

    /**
     * Where guest-physical addresses without RAM appear on the machine's bus while the device model
     * serves an access: the address plus this.
     */
    public static final long DEVICE_WINDOW = 1L << ADDRESS_BITS;

    private static final long READ = 1;
    private static final long WRITE = 1 << 1;
    private static final long EXECUTE = 1 << 2;
    private static final long RIGHTS = READ | WRITE | EXECUTE;
    private static final int WRITE_BACK = 6 << 3;
    private static final long FRAME = 0x000ffffffffff000L;
    private static final int TYPE_SHIFT = 52;
    private static final int TYPE_MASK = 15;
    private static final int LEVELS = 4;

    /** EPTP: write-back tables, a walk of four levels (SDM vol. 3C, table 25-9). */
    private static final int EPTP_FLAGS = 6 | LEVELS - 1 << 3;

    private final Domain domain;
    private final SharedMemory memory;
    private final long root;

    /**
     * An empty map.
     *
     * @throws IllegalStateException if the machine has no free frame
     */
    public P2m(Domain domain) {
        this.domain = domain;
        memory = domain.machine.memory;
        root = table();
        if (root < 0) {
            throw new IllegalStateException("no free frame for the guest's memory map");
        }
    }

    /** Frames of tables for so many guest frames, generously. */
    public static long tablesFor(long frames) {
        return (frames >>> 9) + 64;
    }

    /** The EPT pointer of the domain's processors. */
    public long eptPointer() {
        return root << 12 | EPTP_FLAGS;
    }

    /** Machine frame of a guest frame, or -1 if none is there. */
    public long mfn(long gfn) {
        long entry = leaf(gfn);
        return entry == 0 ? -1 : (entry & FRAME) >>> 12;
    }

    /** What a guest frame stands for. */
    public P2mType type(long gfn) {
        return P2mType.of((int) (leaf(gfn) >>> TYPE_SHIFT) & TYPE_MASK);
    }

    /**
     * Enters a frame, in place of what was there; no processor keeps what it knew of it.
     *
     * @return false, with nothing changed, if the number is too wide or there is no frame for
     *     tables
     */
    public boolean set(long gfn, long mfn, P2mType type) {
        long at = slot(gfn, true);
        if (at < 0) {
            return false;
        }
        long rights = type.writable() ? RIGHTS : READ | EXECUTE;
        long old = memory.get64(at);
        memory.put64(at, mfn << 12 | (long) type.ordinal() << TYPE_SHIFT | WRITE_BACK | rights);
        if (old != 0) {
            flush();
        }
        return true;
    }

    /** Removes a frame; gives the machine frame that was there, or -1. */
    public long remove(long gfn) {
        long at = slot(gfn, false);
        long entry = at < 0 ? 0 : memory.get64(at);
        if (entry == 0) {
            return -1;
        }
        memory.put64(at, 0);
        flush();
        return (entry & FRAME) >>> 12;
    }

    /**
     * Shows the device window in place of a page without writable RAM, until {@link #hideDevice}.
     *
     * @return the entry to put back, or -1 if there is no frame for tables
     */
    public long showDevice(long gfn) {
        long at = slot(gfn, true);
        if (at < 0) {
            return -1;
        }
        long old = memory.get64(at);
        memory.put64(at, DEVICE_WINDOW | gfn << 12 | READ | WRITE);
        return old;
    }

    /** Ends {@link #showDevice}; what the window shows is never cached. */
    public void hideDevice(long gfn, long entry) {
        memory.put64(slot(gfn, false), entry);
    }

    private void flush() {
        for (Vcpu vcpu : domain.vcpus) {
            if (vcpu != null) {
                Cpu cpu = vcpu.cpu;
                cpu.flushTlb();
            }
        }
    }

    private long leaf(long gfn) {
        long at = slot(gfn, false);
        return at < 0 ? 0 : memory.get64(at);
    }

    /** Machine address of a guest frame's leaf, or -1. */
    private long slot(long gfn, boolean create) {
        if (gfn >>> ADDRESS_BITS - 12 != 0) {
            return -1;
        }
        long table = root;
        for (int level = LEVELS - 1; level > 0; level--) {
            long at = (table << 12) + (gfn >>> 9 * level & 511) * 8;
            long entry = memory.get64(at);
            if (entry == 0) {
                long next = create ? table() : -1;
                if (next < 0) {
                    return -1;
                }
                entry = next << 12 | RIGHTS;
                memory.put64(at, entry);
            }
            table = (entry & FRAME) >>> 12;
        }
        return (table << 12) + (gfn & 511) * 8;
    }

    private long table() {
        return domain.machine.allocateZeroed(FrameTable.XEN);
    }

    /** The domain goes away: frees the tables. */
    public void destroy() {
        free(root, LEVELS - 1);
    }

    private void free(long table, int level) {
        for (int i = 0; level > 0 && i < 512; i++) {
            long entry = memory.get64((table << 12) + 8L * i);
            if (entry != 0) {
                free((entry & FRAME) >>> 12, level - 1);
            }
        }
        domain.machine.frames.release(table);
    }
}
