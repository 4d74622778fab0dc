package org.xenolith.hvm.io;

/**
 * One access of a guest to a device (struct ioreq, public/hvm/ioreq.h). A processor has one at a
 * time, and does not run before it is answered.
 */
public final class IoRequest {
    /** Where a request stands, in this order. */
    public enum State {
        NONE,
        READY,
        IN_PROCESS,
        RESPONSE_READY
    }

    /** What is accessed. */
    public enum Type {
        /** A port. */
        PIO,
        /** Physical memory. */
        COPY
    }

    private State state = State.NONE;
    private Type type;
    private long address;
    private int size;
    private boolean read;
    private long data;

    /** {@link State#READY}, as an exit makes it. */
    void make(Type of, long at, int bytes, boolean reads, long value) {
        require(State.NONE);
        type = of;
        address = at;
        size = bytes;
        read = reads;
        data = value;
        state = State.READY;
    }

    /** A device model has taken it. */
    void begin() {
        require(State.READY);
        state = State.IN_PROCESS;
    }

    /** The device model answers; {@code value} counts for reads. */
    void answer(long value) {
        require(State.IN_PROCESS);
        data = read ? value : data;
        state = State.RESPONSE_READY;
    }

    /** The hypervisor takes the answer. */
    long complete() {
        require(State.RESPONSE_READY);
        state = State.NONE;
        return data;
    }

    private void require(State expected) {
        if (state != expected) {
            throw new IllegalStateException("I/O request is " + state + ", not " + expected);
        }
    }

    public State state() {
        return state;
    }

    public Type type() {
        return type;
    }

    /** Port, or guest-physical address. */
    public long address() {
        return address;
    }

    /** Bytes: 1, 2, 4 or 8. */
    public int size() {
        return size;
    }

    /** Whether the guest reads. */
    public boolean read() {
        return read;
    }

    /** What the guest writes, or what it is to read. */
    public long data() {
        return data;
    }
}
