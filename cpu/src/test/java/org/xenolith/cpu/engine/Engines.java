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

    /** A machine that never translates. */
    public static FlatMachine plainMachine(int bytes) {
        return new FlatMachine(bytes);
    }

    /** A machine that translates after so many executions. */
    public static FlatMachine machine(int bytes, Engine engine, int hot) {
        return new FlatMachine(bytes, hot, 10_000, new EngineConfig(engine));
    }

    /** Checks what must hold of a machine's code; see {@link CodeInvariants}. */
    public static void check(FlatMachine machine) {
        CodeInvariants.check(machine.cache, machine.interpreter);
    }

    /** In which registers two processors differ; empty if in none. */
    public static String difference(Cpu interpreted, Cpu translated) {
        CpuSnapshot a = new CpuSnapshot();
        CpuSnapshot b = new CpuSnapshot();
        a.save(interpreted);
        b.save(translated);
        return a.differences(b);
    }
}
