package org.xenolith.xen.domain;

/**
 * A guest named memory that it may not access. Checked, so that no hypercall forgets it; without a
 * stack trace, because guests cause it at will.
 */
public final class GuestFault extends Exception {
    private static final long serialVersionUID = 1L;

    /** The only instance. */
    public static final GuestFault INSTANCE = new GuestFault();

    private GuestFault() {
        super("bad guest pointer", null, false, false);
    }
}
