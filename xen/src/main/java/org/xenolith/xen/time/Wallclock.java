package org.xenolith.xen.time;

import org.xenolith.xen.frames.SharedMemory;
import org.xenolith.xen.hypercall.GuestAbi;
import org.xenolith.xen.hypercall.SharedInfo;

import java.time.Instant;

/**
 * The date at virtual time 0, as seconds and nanoseconds since 1970 (UTC).
 *
 * @param seconds 0 or more
 * @param nanos 0 to 999,999,999
 */
public record Wallclock(long seconds, int nanos) {
    /** What guests see unless the real date was asked for: 2025-01-01 00:00:00 UTC. */
    public static final Wallclock FIXED = new Wallclock(1_735_689_600L, 0);

    /** The wallclock of a machine that starts at {@code instant}. */
    public static Wallclock of(Instant instant) {
        return new Wallclock(instant.getEpochSecond(), instant.getNano());
    }

    /** Writes the wallclock fields of a shared_info page (public/xen.h). */
    public void write(SharedMemory memory, long sharedInfo, GuestAbi abi) {
        long at = sharedInfo + SharedInfo.wallclock(abi);
        int version = memory.get32(at);
        memory.put32(at, version | 1);
        memory.put32(at + 4, (int) seconds);
        memory.put32(at + 8, nanos);
        memory.put32(sharedInfo + SharedInfo.wallclockHigh(abi), (int) (seconds >>> 32));
        memory.put32(at, (version | 1) + 1);
    }

    /** Seconds since 1970 with two decimals. */
    public String text() {
        return "%d.%02d".formatted(seconds, nanos / 10_000_000);
    }
}
