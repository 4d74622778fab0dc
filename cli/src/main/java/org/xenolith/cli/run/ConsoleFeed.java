package org.xenolith.cli.run;

import org.xenolith.cpu.run.IdleSource;
import org.xenolith.cpu.time.TimerQueue;

import java.util.function.LongConsumer;

/**
 * Feeds the guest's console from the host and passes on what the user asks.
 *
 * <p>Bytes from a file or pipe reach the guest when all its processors wait, so the host's timing
 * has no part in a run; also when it is seen to poll, or works in silence for {@link #BUSY}, for
 * guests that never wait but poll their console, as GRUB does. Keys from a terminal reach it at
 * once. Host time passes for an idle guest only when somebody may be watching: on a terminal, while
 * a pipe is open, or once the guest has been silent for {@link #QUIET} with no input left.
 */
public final class ConsoleFeed implements IdleSource {
    /** Virtual nanoseconds without console traffic after which an idle guest is paced. */
    private static final long QUIET = 60_000_000_000L;

    /** Virtual nanoseconds of work without output after which a guest may be polling for input. */
    private static final long BUSY = 1_000_000_000L;

    /** Longest single wait, so that requests from other threads are seen, in nanoseconds. */
    private static final long LONGEST_WAIT = 100_000_000L;

    private final ConsoleGuest guest;
    private final Host host;
    private final byte[] buffer = new byte[1024];
    private Runnable stop = () -> {};
    private LongConsumer dump = now -> {};
    private boolean askedToShutDown;
    private long lastTraffic;
    private long lastWritten;
    private long busySince = Long.MAX_VALUE;

    /** A feed for a guest that has not started. */
    public ConsoleFeed(ConsoleGuest guest, Host host) {
        this.guest = guest;
        this.host = host;
    }

    /** Sets what ends the run. */
    public void onStop(Runnable action) {
        stop = action;
    }

    /** Sets what shows the guest's state; it receives the virtual time in nanoseconds. */
    public void onDump(LongConsumer action) {
        dump = action;
    }

    @Override
    public boolean poll(long now, boolean idle) {
        HostRequest request = host.requests().current();
        if (request.endsRun()) {
            stop.run();
            return true;
        }
        if (request == HostRequest.SHUTDOWN && !askedToShutDown) {
            askedToShutDown = true;
            return guest.requestShutdown();
        }
        if (host.requests().takeDump()) {
            dump.accept(now);
        }
        noteWriting(now);
        if (idle) {
            busySince = now;
        }
        boolean wanted = idle || host.interactive() || guest.polls() || now - BUSY >= busySince;
        return wanted && deliver(now);
    }

    private void noteWriting(long now) {
        if (guest.bytesWritten() != lastWritten) {
            lastWritten = guest.bytesWritten();
            lastTraffic = now;
            busySince = now;
        }
    }

    private boolean deliver(long now) {
        int space = Math.min(guest.inputSpace(), buffer.length);
        if (space <= 0 || host.input().available() == 0) {
            return false;
        }
        int length = host.input().read(buffer, 0, space);
        guest.offerInput(buffer, 0, length);
        lastTraffic = now;
        return length > 0;
    }

    @Override
    public boolean open() {
        return !host.input().eof();
    }

    @Override
    public long waitUntil(long now, long deadline, boolean paced) {
        noteWriting(now);
        boolean watched = host.interactive() || open() || now - lastTraffic > QUIET;
        if (!paced && !watched) {
            return deadline;
        }
        long left = deadline == TimerQueue.NEVER ? LONGEST_WAIT : deadline - now;
        long start = System.nanoTime();
        host.input().awaitInput(Math.min(left, LONGEST_WAIT));
        long waited = System.nanoTime() - start;
        return waited >= left ? deadline : now + waited;
    }

    @Override
    public void wake() {
        host.input().wake();
    }
}
