package org.xenolith.xen.ops;

import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.hypercall.GuestAbi;

/**
 * set_timer_op(timeout), the timeout in two words for a 32-bit caller: the older way to set the
 * single-shot timer of the calling processor.
 */
final class TimerOp {
    /** Timeouts further ahead than this, about 13 days, count as a guest's overflow. */
    private static final long FURTHEST = 1L << 50;

    /** What Xen makes of such a timeout: late enough not to burn a processor. */
    private static final long INSTEAD = 100_000_000;

    private TimerOp() {}

    static long call(Vcpu v, long low, long high, long a3, long a4, long a5) {
        long timeout = v.abi() == GuestAbi.I386 ? high << 32 | low : low;
        long now = v.cpu.now();
        if (timeout == 0) {
            v.stopSingleshot();
        } else if (timeout < 0 || timeout - now >= FURTHEST) {
            v.setSingleshot(now + INSTEAD);
        } else {
            v.setSingleshot(timeout);
        }
        return 0;
    }
}
