package org.xenolith.cpu.state;

import org.xenolith.cpu.memory.PhysicalMemory;

import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * A direct-mapped translation cache for one address space (one root table), with a few more entries
 * for what others have displaced: two pages of a loop that share a place would otherwise have the
 * page tables walked at each access.
 *
 * <p>A tag is the page's linear address; {@link #INVALID} never equals one. Because a lookup masks
 * the address of the <em>last</em> byte accessed, one comparison rejects both a miss and an access
 * that crosses into the next page. {@code maddr = va + addend}.
 */
final class Tlb {
    static final int SIZE = 1024;
    static final int MASK = SIZE - 1;
    static final long INVALID = -1;

    /** longs per entry of {@link #data}, and what each holds: three tags and the addend. */
    private static final int STRIDE = 4;

    static final int READ = 0;
    static final int WRITE = 1;
    static final int ADDEND = 2;

    /** What {@link #WRITE} was before {@link #hideWrites}. */
    private static final int HIDDEN = 3;

    /** Displaced entries that are kept. */
    private static final int VICTIMS = 8;

    /** Index in {@link #data} of the first displaced entry. */
    private static final int DISPLACED = SIZE * STRIDE;

    private static final int ENTRIES = DISPLACED + VICTIMS * STRIDE;

    /** Index in {@link #data} behind the entries: the last address of a {@link TrialAccess}. */
    static final int MISSED = ENTRIES;

    /** Data translations, an entry in half a cache line. */
    final long[] data = new long[ENTRIES + 1];

    final long[] exec = new long[SIZE];
    final long[] execAddend = new long[SIZE];

    /** Root table and low CR3 bits this cache translates through. */
    long cr3;

    /**
     * Counts flushes that may have removed executable translations; caches of code key on it. No
     * two caches of a processor ever have the same.
     */
    long codeEpoch;

    /** log2 of the size of the page that a data translation is part of. */
    private final byte[] shift = new byte[SIZE + VICTIMS];

    /** Index in {@link #data} of the displaced entry that is given up next. */
    private int oldest = DISPLACED;

    /** Whether a translation of {@link #shift} above 12 was cached since the last flush. */
    private boolean large;

    /** Whether anything was cached since the last flush. */
    private boolean used = true;

    /** As {@link #fetched}, of the gigabytes that hold large pages. */
    private final long[] fetchedLarge = new long[64];

    /** Hashed set of the pages fetched from since the epoch began; an evicted page stays in it. */
    private final long[] fetched = new long[64];

    /** A cache whose epochs count from {@code index << 56}; index 0 to 127. */
    Tlb(int index) {
        codeEpoch = (long) index << 56;
        flush();
    }

    /** Where in {@link #data} the entry of a linear address begins. */
    static int index(long va) {
        return ((int) (va >>> 12) & MASK) * STRIDE;
    }

    void flush() {
        if (!used) {
            codeEpoch++;
            return;
        }
        used = false;
        large = false;
        Arrays.fill(data, INVALID);
        newCodeEpoch();
    }

    private void newCodeEpoch() {
        Arrays.fill(exec, INVALID);
        Arrays.fill(fetched, 0);
        Arrays.fill(fetchedLarge, 0);
        codeEpoch++;
    }

    void invalidatePage(long va) {
        long tag = va & LinearMemory.PAGE_MASK;
        int i = index(va);
        if (data[i + READ] == tag) {
            dropEntry(i);
        }
        dropDisplaced(tag);
        for (int at = 0; large && at < ENTRIES; at += STRIDE) {
            int bits = shift[at / STRIDE];
            if (bits > PhysicalMemory.PAGE_SHIFT && (data[at + READ] ^ va) >>> bits == 0) {
                dropEntry(at);
            }
        }
        if (contains(fetched, va >>> 12) || contains(fetchedLarge, va >>> 30)) {
            newCodeEpoch();
        }
    }

    /** Drops one translation, but no others of its large page. */
    void drop(long va) {
        long tag = va & LinearMemory.PAGE_MASK;
        int i = index(va);
        if (data[i + READ] == tag) {
            dropEntry(i);
        }
        dropDisplaced(tag);
        if (exec[i / STRIDE] == tag) {
            newCodeEpoch();
        }
    }

    private void dropEntry(int i) {
        data[i + READ] = INVALID;
        data[i + WRITE] = INVALID;
        data[i + HIDDEN] = INVALID;
    }

    private void dropDisplaced(long tag) {
        for (int at = DISPLACED; at < ENTRIES; at += STRIDE) {
            if (data[at + READ] == tag) {
                dropEntry(at);
            }
        }
    }

    /**
     * Puts a displaced entry back into its place, if there is one that permits an access.
     *
     * @param permission {@link #READ} or {@link #WRITE}
     * @return whether the access hits now
     */
    boolean recall(long va, int permission) {
        long tag = va & LinearMemory.PAGE_MASK;
        for (int at = DISPLACED; at < ENTRIES; at += STRIDE) {
            if (data[at + permission] == tag) {
                exchange(at, index(va));
                return true;
            }
        }
        return false;
    }

    private void exchange(int a, int b) {
        for (int k = 0; k < STRIDE; k++) {
            long kept = data[a + k];
            data[a + k] = data[b + k];
            data[b + k] = kept;
        }
        byte bits = shift[a / STRIDE];
        shift[a / STRIDE] = shift[b / STRIDE];
        shift[b / STRIDE] = bits;
    }

    private static boolean contains(long[] set, long number) {
        return (set[(int) (number >>> 6) & 63] >>> number & 1) != 0;
    }

    private static void add(long[] set, long number) {
        set[(int) (number >>> 6) & 63] |= 1L << number;
    }

    void fillRead(long va, long maddr, boolean writable, int pageShift) {
        int i = index(va);
        long tag = va & LinearMemory.PAGE_MASK;
        dropDisplaced(tag);
        if (data[i + READ] != tag && data[i + READ] != INVALID) {
            exchange(i, oldest);
            oldest = oldest + STRIDE == ENTRIES ? DISPLACED : oldest + STRIDE;
        }
        data[i + READ] = tag;
        data[i + WRITE] = writable ? tag : INVALID;
        data[i + HIDDEN] = INVALID;
        data[i + ADDEND] = maddr - va;
        shift[i / STRIDE] = (byte) pageShift;
        large |= pageShift > PhysicalMemory.PAGE_SHIFT;
        used = true;
    }

    void fillExec(long va, long maddr, int pageShift) {
        int i = (int) (va >>> 12) & MASK;
        add(fetched, va >>> 12);
        if (pageShift > PhysicalMemory.PAGE_SHIFT) {
            add(fetchedLarge, va >>> 30);
        }
        used = true;
        exec[i] = va & LinearMemory.PAGE_MASK;
        execAddend[i] = maddr - va;
    }

    /** Makes stores to a frame take the slow path again, because it now holds code. */
    void protectFrame(long frameMaddr) {
        for (int i = 0; i < ENTRIES; i += STRIDE) {
            for (int tag = WRITE; tag <= HIDDEN; tag += HIDDEN - WRITE) {
                if (data[i + tag] != INVALID && data[i + tag] + data[i + ADDEND] == frameMaddr) {
                    data[i + tag] = INVALID;
                }
            }
        }
    }

    /** Machine addresses of the frames that can be written without the slow path. */
    LongStream writableFrames() {
        return IntStream.range(0, SIZE + VICTIMS)
                .map(k -> k * STRIDE)
                .filter(i -> data[i + WRITE] != INVALID)
                .mapToLong(i -> data[i + WRITE] + data[i + ADDEND]);
    }

    /** Makes the first store to each page take the slow path, until {@link #revealWrites}. */
    void hideWrites() {
        for (int i = 0; i < ENTRIES; i += STRIDE) {
            data[i + HIDDEN] = data[i + WRITE];
            data[i + WRITE] = INVALID;
        }
    }

    /** Takes back {@link #hideWrites}. */
    void revealWrites() {
        for (int i = 0; i < ENTRIES; i += STRIDE) {
            if (data[i + HIDDEN] != INVALID) {
                data[i + WRITE] = data[i + HIDDEN];
                data[i + HIDDEN] = INVALID;
            }
        }
    }

    /**
     * Machine address of a page that could be written before {@link #hideWrites} and cannot now.
     *
     * @return -1 if the page is not such
     */
    long hiddenFrame(long page) {
        int i = index(page);
        boolean hidden = data[i + HIDDEN] == page && data[i + WRITE] != page;
        return hidden ? page + data[i + ADDEND] : -1;
    }

    /** Lets a page be written again for which {@link #hiddenFrame} gave an address. */
    void reveal(long page) {
        data[index(page) + WRITE] = page;
    }
}
