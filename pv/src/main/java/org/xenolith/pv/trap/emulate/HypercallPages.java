package org.xenolith.pv.trap.emulate;

/** Writes the stubs of a hypercall page into a frame that the guest names. */
@FunctionalInterface
public interface HypercallPages {
    /**
     * Fills a frame.
     *
     * @return false if the guest may not have the frame written
     */
    boolean fill(long mfn);
}
