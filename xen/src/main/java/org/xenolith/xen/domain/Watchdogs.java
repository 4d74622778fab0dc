package org.xenolith.xen.domain;

import org.xenolith.cpu.time.Timer;
import org.xenolith.xen.hypercall.Errno;

/** The two watchdogs of a domain: one that is not set again in time ends it (SCHEDOP_watchdog). */
public final class Watchdogs {
    private static final int COUNT = 2;
    private static final long SECOND = 1_000_000_000L;

    private final Domain domain;
    private final Timer[] timers = new Timer[COUNT];
    private final boolean[] inUse = new boolean[COUNT];

    Watchdogs(Domain domain) {
        this.domain = domain;
        for (int k = 0; k < COUNT; k++) {
            timers[k] = new Timer(deadline -> domain.shutDown(ShutdownReason.WATCHDOG));
        }
    }

    /**
     * SCHEDOP_watchdog.
     *
     * @param id 0 takes a free watchdog, 1 or 2 names one in use
     * @param seconds unsigned; 0 with an id from 1 gives the watchdog back
     * @return the id of a watchdog taken, 0, -ENOSPC or -EINVAL
     */
    public int set(int id, int seconds) {
        if (id < 0 || id > COUNT) {
            return -Errno.EINVAL;
        }
        if (id == 0) {
            return take(seconds);
        }
        int k = id - 1;
        if (!inUse[k]) {
            return -Errno.EINVAL;
        }
        if (seconds == 0) {
            inUse[k] = false;
            domain.machine.timers.disarm(timers[k]);
        } else {
            arm(k, seconds);
        }
        return 0;
    }

    private int take(int seconds) {
        for (int k = 0; k < COUNT; k++) {
            if (!inUse[k]) {
                inUse[k] = true;
                arm(k, seconds);
                return k + 1;
            }
        }
        return -Errno.ENOSPC;
    }

    private void arm(int k, int seconds) {
        long nanos = Integer.toUnsignedLong(seconds) * SECOND;
        domain.machine.timers.arm(timers[k], domain.machine.now() + nanos);
    }

    void disarm() {
        for (Timer timer : timers) {
            domain.machine.timers.disarm(timer);
        }
    }
}
