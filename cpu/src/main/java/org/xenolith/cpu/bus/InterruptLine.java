package org.xenolith.cpu.bus;

/** A wire from a device to an interrupt controller. */
@FunctionalInterface
public interface InterruptLine {
    /** A wire that leads nowhere. */
    InterruptLine UNCONNECTED = high -> {};

    /** Drives the wire. Setting the level that it already has changes nothing. */
    void set(boolean high);

    /** A low-to-high-to-low pulse. */
    default void pulse() {
        set(true);
        set(false);
    }
}
