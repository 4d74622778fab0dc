package org.xenolith.pv.trap.emulate;

/** What became of an instruction that was to be emulated. */
public enum Outcome {
    /** Not one that is emulated: the guest gets the exception that led here. */
    REFUSED,
    /** Carried out; rip stands behind it, or on it if it is to be repeated. */
    DONE,
    /** Raised an exception of its own, described by the emulator's fields. */
    FAULT
}
