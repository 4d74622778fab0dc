package org.xenolith.cpu.engine;

import org.xenolith.cpu.state.Cpu;

/** Interpreters that translate at once, or never, for tests of other packages. */
public final class Engines {
    private Engines() {}

    /** One that translates every block after its first execution, before it goes on. */
    public static Interpreter eager(Cpu cpu, CodeCache cache) {
        return new Interpreter(cpu, cache, 1, Translator.immediate());
    }

    /** One that never translates. */
    public static Interpreter plain(Cpu cpu, CodeCache cache) {
        return new Interpreter(cpu, cache, Integer.MAX_VALUE, Translator.immediate());
    }
}
