package org.xenolith.cpu.state;

import org.xenolith.cpu.memory.PhysicalMemory;

import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * A translation cache for one address space (one root table). Every page has a first place, which
 * most lookups hit, and a second one, by other bits of its address, where its data translation goes
 * when another page takes the first: two pages of a loop that share a place both stay.
 *
 * <p>A tag is the page's linear address; {@link #INVALID} never equals one. Because a lookup masks
 * the address of the <em>last</em> byte accessed, one comparison rejects both a miss and an access
 * that crosses into the next page. {@code maddr = va + addend}.
 */
final class Tlb {
    static final int SIZE = 1024;
    static final int MASK = SIZE - 1;
    static final long INVALID = -1;

    /** Never an addend: those are multiples of the size of a page. */
    static final long NONE = 1;

    /** longs per entry of {@link #data}, and what each holds: three tags and the addend. */
    private static final int STRIDE = 4;

    static final int READ = 0;
    static final int WRITE = 1;
    static final int ADDEND = 2;

    /** What {@link #WRITE} was before {@link #hideWrites}. */
    private static final int HIDDEN = 3;

    /** Second places. */
    private static final int SECOND = 256;

    private static final int ENTRIES = (SIZE + SECOND) * STRIDE;

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
    private final byte[] shift = new byte[SIZE + SECOND];

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

    /** Where in {@link #data} the first place of a linear address begins. */
    static int index(long va) {
        return ((int) (va >>> 12) & MASK) * STRIDE;
    }

    /** Where its second place begins: pages that share the first seldom share this. */
    static int second(long va) {
        return (SIZE + ((int) (va >>> 12 ^ va >>> 22 ^ va >>> 30) & SECOND - 1)) * STRIDE;
    }

    /**
     * Looks in the second place, for translated code.
     *
     * @param page of the last byte that is accessed
     * @return what to add to the address, or {@link #NONE}
     */
    static long secondAddend(long va, long page, int tag, long[] data) {
        int second = second(va);
        return data[second + tag] == page ? data[second + ADDEND] : NONE;
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
        dropData(va);
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
        dropData(va);
        if (exec[index(va) / STRIDE] == (va & LinearMemory.PAGE_MASK)) {
            newCodeEpoch();
        }
    }

    private void dropData(long va) {
        int at = find(va, READ);
        if (at >= 0) {
            dropEntry(at);
        }
    }

    private void dropEntry(int i) {
        data[i + READ] = INVALID;
        data[i + WRITE] = INVALID;
        data[i + HIDDEN] = INVALID;
    }

    /**
     * Looks in both places.
     *
     * @param tag {@link #READ}, {@link #WRITE} or {@link #HIDDEN}
     * @return where in {@link #data} the entry begins, or -1 if there is none with that tag
     */
    int find(long va, int tag) {
        long page = va & LinearMemory.PAGE_MASK;
        int first = index(va);
        if (data[first + tag] == page) {
            return first;
        }
        int second = second(va);
        return data[second + tag] == page ? second : -1;
    }

    private void move(int from, int to) {
        System.arraycopy(data, from, data, to, STRIDE);
        shift[to / STRIDE] = shift[from / STRIDE];
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
        if (data[i + READ] != tag) {
            dropData(va);
            if (data[i + READ] != INVALID) {
                move(i, second(data[i + READ]));
            }
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
        return IntStream.range(0, SIZE + SECOND)
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
        int at = find(page, HIDDEN);
        return at >= 0 && data[at + WRITE] != page ? page + data[at + ADDEND] : -1;
    }

    /** Lets a page be written again for which {@link #hiddenFrame} gave an address. */
    void reveal(long page) {
        data[find(page, HIDDEN) + WRITE] = page;
    }
}
