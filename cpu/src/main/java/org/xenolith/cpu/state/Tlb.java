package org.xenolith.cpu.state;

import org.xenolith.cpu.memory.HostArray;
import org.xenolith.cpu.memory.HostMemory;
import org.xenolith.cpu.memory.PhysicalMemory;

import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * A translation cache for one address space (one root table). Every page has a first place, which
 * most lookups hit, and a second one, half the cache away, where its data translation goes when
 * another page takes the first: two pages of a loop that share a place both stay.
 *
 * <p>A tag is the page's linear address; {@link #INVALID} never equals one. Because a lookup masks
 * the address of the <em>last</em> byte accessed, one comparison rejects both a miss and an access
 * that crosses into the next page. The addend of a data translation makes the host's address of it.
 */
final class Tlb {
    static final int SIZE = 1024;
    static final int MASK = SIZE - 1;
    static final long INVALID = -1;

    /** longs per entry of {@link #data}, and what each holds: three tags and the addend. */
    private static final int STRIDE = 4;

    /** log2 of an entry's size in bytes. */
    private static final int ENTRY_SHIFT = 2 + HostArray.SHIFT;

    static final int READ = 0;
    static final int WRITE = 1;
    static final int ADDEND = 2;

    /** What {@link #WRITE} was before {@link #hideWrites}. */
    private static final int HIDDEN = 3;

    private static final int ENTRIES = SIZE * STRIDE;

    /** Index in {@link #data} of the second place of an entry, exclusive-or that of the first. */
    static final int OTHER = ENTRIES / 2;

    /** Index in {@link #data} behind the entries: the last address of a {@link TrialAccess}. */
    static final int MISSED = ENTRIES;

    /** Data translations, an entry in half a cache line. */
    final long[] data = new long[ENTRIES + 1];

    final long[] exec = new long[SIZE];
    final long[] execAddend = new long[SIZE];

    /** What the translations lead to. */
    private final HostMemory memory;

    /** Root table and low CR3 bits this cache translates through. */
    long cr3;

    /**
     * Counts flushes that may have removed executable translations; caches of code key on it. No
     * two caches of a processor ever have the same.
     */
    long codeEpoch;

    /** log2 of the size of the page that a data translation is part of. */
    private final byte[] shift = new byte[SIZE];

    /** Whether a translation of {@link #shift} above 12 was cached since the last flush. */
    private boolean large;

    /** Whether anything was cached since the last flush. */
    private boolean used = true;

    /** As {@link #fetched}, of the gigabytes that hold large pages. */
    private final long[] fetchedLarge = new long[64];

    /** Hashed set of the pages fetched from since the epoch began; an evicted page stays in it. */
    private final long[] fetched = new long[64];

    /** A cache whose epochs count from {@code index << 56}; index 0 to 127. */
    Tlb(int index, HostMemory memory) {
        this.memory = memory;
        codeEpoch = (long) index << 56;
        flush();
    }

    /** Where in {@link #data} the first place of a linear address begins. */
    static int index(long va) {
        return ((int) (va >>> 12) & MASK) * STRIDE;
    }

    /** {@link #index} in bytes. */
    static long offset(long va) {
        return va >>> 12 - ENTRY_SHIFT & (long) MASK << ENTRY_SHIFT;
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
        int second = first ^ OTHER;
        return data[second + tag] == page ? second : -1;
    }

    /**
     * The machine address of a linear one.
     *
     * @param entry where in {@link #data} its entry begins
     */
    long maddr(int entry, long va) {
        return va + data[entry + ADDEND] - memory.base();
    }

    /**
     * As {@link #find}, for whoever looks in the first place only: what is found comes there.
     *
     * @return the first place, or -1
     */
    int recall(long va, int tag) {
        int at = find(va, tag);
        int first = index(va);
        if (at >= 0 && at != first) {
            exchange(first);
        }
        return at < 0 ? -1 : first;
    }

    /** Exchanges the entries of two places, which are each other's second. */
    private void exchange(int place) {
        int other = place ^ OTHER;
        for (int k = 0; k < STRIDE; k++) {
            long kept = data[place + k];
            data[place + k] = data[other + k];
            data[other + k] = kept;
        }
        byte bits = shift[place / STRIDE];
        shift[place / STRIDE] = shift[other / STRIDE];
        shift[other / STRIDE] = bits;
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
                exchange(i);
            }
        }
        data[i + READ] = tag;
        data[i + WRITE] = writable ? tag : INVALID;
        data[i + HIDDEN] = INVALID;
        data[i + ADDEND] = memory.page(maddr & LinearMemory.PAGE_MASK) - tag;
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
                if (data[i + tag] != INVALID && maddr(i, data[i + tag]) == frameMaddr) {
                    data[i + tag] = INVALID;
                }
            }
        }
    }

    /** Machine addresses of the frames that can be written without the slow path. */
    LongStream writableFrames() {
        return IntStream.range(0, SIZE)
                .map(k -> k * STRIDE)
                .filter(i -> data[i + WRITE] != INVALID)
                .mapToLong(i -> maddr(i, data[i + WRITE]));
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
        return at >= 0 && data[at + WRITE] != page ? maddr(at, page) : -1;
    }

    /** Lets a page be written again for which {@link #hiddenFrame} gave an address. */
    void reveal(long page) {
        data[find(page, HIDDEN) + WRITE] = page;
    }
}
