package org.xenolith.xen.console;

import org.xenolith.xen.ring.ByteRing;
import org.xenolith.xen.ring.RingPage;

/**
 * The backend of the PV console: one page with the queues in[1024], towards the guest, and
 * out[2048], from it, followed by in_cons, in_prod, out_cons and out_prod (io/console.h).
 *
 * <p>Offsets that cannot be true end this console: {@link #error()} says why, and from then on
 * nothing is read or written. Not thread-safe; the machine's thread calls it.
 */
public final class ConsoleRing {
    /** Bytes in the queue towards the guest. */
    public static final int IN_BYTES = 1024;

    /** Bytes in the queue from the guest. */
    public static final int OUT_BYTES = 2048;

    private static final int IN = 0;
    private static final int OUT = 1024;
    private static final int IN_CONS = 3072;
    private static final int IN_PROD = 3076;
    private static final int OUT_CONS = 3080;
    private static final int OUT_PROD = 3084;

    private final ByteRing in;
    private final ByteRing out;
    private final Runnable notifyGuest;
    private final byte[] chunk = new byte[OUT_BYTES];
    private String error;

    /**
     * @param page the console page of the guest
     * @param notifyGuest sends the event of the console's port to the guest
     */
    public ConsoleRing(RingPage page, Runnable notifyGuest) {
        in = new ByteRing(page, IN, IN_BYTES, IN_CONS, IN_PROD);
        out = new ByteRing(page, OUT, OUT_BYTES, OUT_CONS, OUT_PROD);
        this.notifyGuest = notifyGuest;
    }

    /**
     * Passes all waiting output to {@code sink}, at most {@link #OUT_BYTES}, and tells the guest
     * that there is space again. Returns the number of bytes, 0 in the error state.
     */
    public int drainOutput(ConsoleSink sink) {
        if (error != null) {
            return 0;
        }
        int count = out.read(chunk, 0, chunk.length);
        if (count == ByteRing.CORRUPT) {
            return fail("out");
        }
        if (count > 0) {
            sink.accept(chunk, 0, count);
            notifyGuest.run();
        }
        return count;
    }

    /**
     * Queues input for the guest as far as there is space and tells the guest. Returns the number
     * of bytes taken, 0 to {@code len}; the caller offers the rest again later.
     */
    public int offerInput(byte[] data, int off, int len) {
        if (error != null) {
            return 0;
        }
        int count = in.write(data, off, len);
        if (count == ByteRing.CORRUPT) {
            return fail("in");
        }
        if (count > 0) {
            notifyGuest.run();
        }
        return count;
    }

    /** Bytes that {@link #offerInput} would take now, 0 in the error state. */
    public int inputSpace() {
        if (error != null) {
            return 0;
        }
        int space = in.space();
        return space == ByteRing.CORRUPT ? fail("in") : space;
    }

    /** Why this console stopped, or null while it works. */
    public String error() {
        return error;
    }

    private int fail(String queue) {
        error = "console: offsets of the queue '" + queue + "' are further apart than its size";
        return 0;
    }
}
