package org.xenolith.cpu.engine;

import java.util.Locale;

/** How a machine's instructions are executed. The guest sees the same in every case. */
public enum Engine {
    /** One after the other by the interpreter, never translated. */
    INTERPRETER,

    /** By the interpreter, and hot code by its translation. */
    JIT,

    /**
     * Hot code by its translation on trial, which is taken back, and then by the interpreter: what
     * differs ends the run. Ten to a hundred times slower.
     */
    VERIFY;

    /** The name as users write it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
