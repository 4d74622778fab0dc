package org.xenolith.cpu.conformance;

import java.io.IOException;

/** Processors that vectors were recorded from. */
enum Generation {
    I8086,
    I80286;

    /** The one that a MOO file names in its header. */
    static Generation of(String cpu) throws IOException {
        return switch (cpu) {
            case "8086", "8088" -> I8086;
            case "C286", "286 " -> I80286;
            default -> throw new IOException("vectors of a processor not known here: " + cpu);
        };
    }
}
