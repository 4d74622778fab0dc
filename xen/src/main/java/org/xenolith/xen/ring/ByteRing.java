package org.xenolith.xen.ring;

/**
 * The backend's end of one byte queue in a shared page: a power-of-two buffer and two free-running
 * 32-bit offsets (xenstore-ring.txt; io/console.h).
 *
 * <p>The offsets stay in the page, where the guest may write anything. A distance between them
 * beyond the buffer's size is answered with {@link #CORRUPT} and nothing is touched.
 */
public final class ByteRing {
    /** Result of an operation that met offsets which no honest guest leaves. */
    public static final int CORRUPT = -1;

    private final RingPage page;
    private final int buffer;
    private final int size;
    private final int consumer;
    private final int producer;

    /**
     * @param page the shared page
     * @param buffer offset of the buffer in the page
     * @param size bytes in the buffer, a power of two
     * @param consumer offset of the consumer's 32-bit offset
     * @param producer offset of the producer's 32-bit offset
     */
    public ByteRing(RingPage page, int buffer, int size, int consumer, int producer) {
        if (Integer.bitCount(size) != 1) {
            throw new IllegalArgumentException("ring size " + size + " is no power of two");
        }
        this.page = page;
        this.buffer = buffer;
        this.size = size;
        this.consumer = consumer;
        this.producer = producer;
    }

    /** Bytes waiting to be read, 0 to the buffer's size, or {@link #CORRUPT}. */
    public int available() {
        int used = page.get32(producer) - page.get32(consumer);
        return Integer.compareUnsigned(used, size) > 0 ? CORRUPT : used;
    }

    /** Bytes that can be written, 0 to the buffer's size, or {@link #CORRUPT}. */
    public int space() {
        int used = available();
        return used == CORRUPT ? CORRUPT : size - used;
    }

    /** Reads and consumes up to {@code len} bytes; returns how many, or {@link #CORRUPT}. */
    public int read(byte[] dst, int off, int len) {
        int from = page.get32(consumer);
        int used = page.get32(producer) - from;
        if (Integer.compareUnsigned(used, size) > 0) {
            return CORRUPT;
        }
        int count = Math.min(used, len);
        int start = from & (size - 1);
        int first = Math.min(count, size - start);
        page.read(buffer + start, dst, off, first);
        page.read(buffer, dst, off + first, count - first);
        page.put32(consumer, from + count);
        return count;
    }

    /** Writes up to {@code len} bytes, as space allows; returns how many, or {@link #CORRUPT}. */
    public int write(byte[] src, int off, int len) {
        int from = page.get32(producer);
        int used = from - page.get32(consumer);
        if (Integer.compareUnsigned(used, size) > 0) {
            return CORRUPT;
        }
        int count = Math.min(size - used, len);
        int start = from & (size - 1);
        int first = Math.min(count, size - start);
        page.write(buffer + start, src, off, first);
        page.write(buffer, src, off + first, count - first);
        page.put32(producer, from + count);
        return count;
    }

    /** Empties the queue and starts both offsets at 0. */
    public void reset() {
        page.put32(consumer, 0);
        page.put32(producer, 0);
    }
}
