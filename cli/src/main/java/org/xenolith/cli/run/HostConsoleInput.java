package org.xenolith.cli.run;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntPredicate;

/**
 * Console input from a stream of the host. A daemon thread reads it into a bounded queue; when the
 * queue is full the thread waits for the guest, so nothing is lost.
 */
public final class HostConsoleInput implements ConsoleInput {
    private static final int CAPACITY = 1 << 20;
    private static final int CHUNK = 4096;

    private final InputStream source;
    private final IntPredicate intercept;
    private final byte[] queue;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /** Index of the oldest byte. */
    private int head;

    /** Written under the lock, read without it too. */
    private volatile int count;

    private volatile boolean ended;

    /** Whether the next wait is not to wait. */
    private boolean news;

    /**
     * @param intercept sees every byte first; one for which it returns true is not for the guest
     */
    public HostConsoleInput(InputStream source, IntPredicate intercept) {
        this(source, intercept, CAPACITY);
    }

    HostConsoleInput(InputStream source, IntPredicate intercept, int capacity) {
        this.source = source;
        this.intercept = intercept;
        this.queue = new byte[capacity];
    }

    /** Starts to read. */
    public void start() {
        Thread.ofPlatform().daemon().name("console-input").start(this::pump);
    }

    @Override
    public int available() {
        return count;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
        if (count == 0) {
            return 0;
        }
        lock.lock();
        try {
            int taken = Math.min(length, count);
            int first = Math.min(taken, queue.length - head);
            System.arraycopy(queue, head, target, offset, first);
            System.arraycopy(queue, 0, target, offset + first, taken - first);
            head = (head + taken) % queue.length;
            count -= taken;
            news |= count > 0;
            changed.signalAll();
            return taken;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean eof() {
        // In this order: the last bytes are counted before the end is known.
        return ended && count == 0;
    }

    @Override
    public void awaitInput(long nanos) {
        awaitEvent(nanos);
    }

    /** As {@link #awaitInput}; false when only the time has passed. */
    boolean awaitEvent(long nanos) {
        lock.lock();
        try {
            long left = nanos;
            while (!news && left > 0) {
                left = changed.awaitNanos(left);
            }
            boolean event = news;
            news = false;
            return event;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void wake() {
        lock.lock();
        try {
            tell();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until the whole input is queued, the queue is full, or {@code nanos} have passed. Input
     * that is complete before the guest starts makes two runs the same to the byte.
     */
    public void settle(long nanos) {
        lock.lock();
        try {
            long left = nanos;
            while (!ended && count < queue.length && left > 0) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    /** The reader thread: from the stream into the queue until the stream ends. */
    private void pump() {
        byte[] chunk = new byte[CHUNK];
        try {
            int length = source.read(chunk);
            while (length >= 0) {
                enqueue(chunk, forGuest(chunk, length));
                length = source.read(chunk);
            }
        } catch (IOException e) {
            // An unreadable input is one that ended.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            end();
        }
    }

    /** Moves what is not intercepted to the front of the chunk; returns its length. */
    private int forGuest(byte[] chunk, int length) {
        int kept = 0;
        for (int i = 0; i < length; i++) {
            if (!intercept.test(chunk[i] & 0xff)) {
                chunk[kept++] = chunk[i];
            }
        }
        return kept;
    }

    private void enqueue(byte[] chunk, int length) throws InterruptedException {
        lock.lock();
        try {
            int done = 0;
            while (done < length) {
                while (count == queue.length) {
                    changed.await();
                }
                int tail = (head + count) % queue.length;
                int room = Math.min(queue.length - count, queue.length - tail);
                int part = Math.min(length - done, room);
                System.arraycopy(chunk, done, queue, tail, part);
                done += part;
                count += part;
                tell();
            }
        } finally {
            lock.unlock();
        }
    }

    private void end() {
        lock.lock();
        try {
            ended = true;
            tell();
        } finally {
            lock.unlock();
        }
    }

    private void tell() {
        news = true;
        changed.signalAll();
    }
}
