package org.xenolith.cli.bare;

/** Why a machine ended by itself. */
sealed interface MachineEnd {
    /** Power off. */
    record PowerOff() implements MachineEnd {}

    /** Reset. */
    record Reset() implements MachineEnd {}

    /**
     * The guest ended the run through the test device.
     *
     * @param status what it asks the program to exit with
     */
    record Exit(int status) implements MachineEnd {}

    /**
     * A processor could not deliver a double fault.
     *
     * @param report its state, for people
     */
    record TripleFault(String report) implements MachineEnd {}
}
