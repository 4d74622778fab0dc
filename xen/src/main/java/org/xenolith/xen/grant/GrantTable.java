package org.xenolith.xen.grant;

import org.xenolith.xen.frames.FrameTable;
import org.xenolith.xen.frames.SharedMemory;

import java.util.Arrays;
import java.util.function.LongUnaryOperator;

/**
 * What one domain offers to others: 8-byte entries {u16 flags, u16 domid, u32 frame} in frames that
 * the hypervisor allocates and the guest maps. The table grows when the guest asks for more frames.
 *
 * <p>An entry is "pinned" while somebody uses it. What the guest writes into a pinned entry is
 * ignored: the grantee and the frame are remembered here.
 */
public final class GrantTable {
    /** Most frames of a table, Xen's default. */
    public static final int MAX_FRAMES = 64;

    /** First references, prepared by the domain's builder for its backends. */
    public static final int RESERVED_CONSOLE = 0;

    public static final int RESERVED_XENSTORE = 1;

    private static final int ENTRY_BYTES = 8;
    private static final int ENTRIES_PER_FRAME = 4096 / ENTRY_BYTES;

    private static final int PERMIT_ACCESS = 1;
    private static final int TYPE_MASK = 3;
    private static final int READONLY = 1 << 2;
    private static final int READING = 1 << 3;
    private static final int WRITING = 1 << 4;
    private static final int SUB_PAGE = 1 << 8;

    /** Most pins of a kind on one entry. */
    private static final int MAX_PINS = 255;

    /** What this domain has mapped of others' grants. */
    public final MapTrack maps = new MapTrack();

    private final int domid;
    private final FrameTable frameTable;
    private final SharedMemory memory;
    private final LongUnaryOperator gfnToMfn;
    private final long[] frames = new long[MAX_FRAMES];
    private int frameCount;

    // By reference: how often pinned for reading and for writing, by whom, and which frame.
    private int[] readPins = {};
    private int[] writePins = {};
    private int[] grantee = {};
    private long[] pinnedMfn = {};

    /**
     * A table of one frame.
     *
     * @param gfnToMfn the granter's frame numbers to machine frames, -1 for none
     * @throws IllegalStateException if the machine has no free frame
     */
    public GrantTable(
            int domid, FrameTable frameTable, SharedMemory memory, LongUnaryOperator gfnToMfn) {
        this.domid = domid;
        this.frameTable = frameTable;
        this.memory = memory;
        this.gfnToMfn = gfnToMfn;
        if (!grow(1)) {
            throw new IllegalStateException("no free frame for the grant table");
        }
    }

    /** Frames in the table now. */
    public int frames() {
        return frameCount;
    }

    /** Most frames that the table may have. */
    public int maxFrames() {
        return MAX_FRAMES;
    }

    /** Grows to at least {@code count} frames; false beyond the limit or without free memory. */
    public boolean grow(int count) {
        if (count < 0 || count > MAX_FRAMES) {
            return false;
        }
        while (frameCount < count) {
            long mfn = frameTable.allocate(domid);
            if (mfn < 0) {
                return false;
            }
            frameTable.referenceType(mfn, FrameTable.WRITABLE);
            memory.zero(mfn << 12, 4096);
            frames[frameCount++] = mfn;
        }
        int entries = frameCount * ENTRIES_PER_FRAME;
        if (entries > readPins.length) {
            readPins = Arrays.copyOf(readPins, entries);
            writePins = Arrays.copyOf(writePins, entries);
            grantee = Arrays.copyOf(grantee, entries);
            pinnedMfn = Arrays.copyOf(pinnedMfn, entries);
        }
        return true;
    }

    /** Machine frame of the table's frame {@code index}, growing the table; -1 if it cannot. */
    public long frameMfn(long index) {
        if (index < 0 || index >= MAX_FRAMES || !grow((int) index + 1)) {
            return -1;
        }
        return frames[(int) index];
    }

    /** Writes an entry for the guest, as the tools do for a domain that is being built. */
    public void reserve(int ref, int toDomid, long gfn) {
        long at = entry(ref);
        memory.put16(at + 2, toDomid);
        memory.put32(at + 4, (int) gfn);
        memory.put16(at, PERMIT_ACCESS);
    }

    /**
     * Pins an entry for use by another domain (or this one). The frame itself is not referenced.
     *
     * @param ref the reference, as a guest gave it
     * @param by the user's domid
     * @param forMapping refuses entries that allow copying only
     * @return the frame's mfn, or a negative {@link GrantStatus}
     */
    public long pin(int ref, int by, boolean readOnly, boolean forMapping) {
        if (ref < 0 || ref >= frameCount * ENTRIES_PER_FRAME) {
            return GrantStatus.BAD_GNTREF;
        }
        boolean pinned = readPins[ref] + writePins[ref] > 0;
        int[] pins = readOnly ? readPins : writePins;
        if (pins[ref] == MAX_PINS || pinned && grantee[ref] != by) {
            return GrantStatus.GENERAL_ERROR;
        }
        if (!pinned || !readOnly && writePins[ref] == 0) {
            int status = setStatus(ref, by, readOnly, forMapping, pinned);
            if (status != GrantStatus.OKAY) {
                return status;
            }
        }
        pins[ref]++;
        return pinnedMfn[ref];
    }

    private int setStatus(int ref, int by, boolean readOnly, boolean forMapping, boolean pinned) {
        long at = entry(ref);
        int flags = memory.get16(at);
        if (!pinned) {
            int mask = forMapping ? TYPE_MASK | SUB_PAGE : TYPE_MASK;
            if ((flags & mask) != PERMIT_ACCESS || memory.get16(at + 2) != by) {
                return GrantStatus.GENERAL_ERROR;
            }
        }
        if (!readOnly && (flags & READONLY) != 0) {
            return GrantStatus.GENERAL_ERROR;
        }
        if (!pinned) {
            long mfn = gfnToMfn.applyAsLong(memory.get32(at + 4) & 0xffffffffL);
            if (mfn < 0 || frameTable.owner(mfn) != domid) {
                return GrantStatus.BAD_PAGE;
            }
            grantee[ref] = by;
            pinnedMfn[ref] = mfn;
        }
        memory.put16(at, flags | READING | (readOnly ? 0 : WRITING));
        return GrantStatus.OKAY;
    }

    /** Takes back one {@link #pin} of the same kind. */
    public void unpin(int ref, boolean readOnly) {
        int[] pins = readOnly ? readPins : writePins;
        if (pins[ref] == 0) {
            throw new IllegalStateException("grant " + ref + " of d" + domid + " is not pinned");
        }
        pins[ref]--;
        int clear = 0;
        if (writePins[ref] == 0) {
            clear |= WRITING;
            if (readPins[ref] == 0) {
                clear |= READING;
            }
        }
        long at = entry(ref);
        memory.put16(at, memory.get16(at) & ~clear);
    }

    private long entry(int ref) {
        return (frames[ref / ENTRIES_PER_FRAME] << 12)
                + (long) ENTRY_BYTES * (ref % ENTRIES_PER_FRAME);
    }
}
