package org.xenolith.xen.store;

/** A request that was refused. It has no stack trace: a guest can cause one at every request. */
public final class StoreException extends Exception {
    private static final long serialVersionUID = 1L;

    private final StoreError error;

    StoreException(StoreError error) {
        super(error.name(), null, false, false);
        this.error = error;
    }

    /** The error that the requester is told. */
    public StoreError error() {
        return error;
    }
}
