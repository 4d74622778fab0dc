package org.xenolith.cpu.engine;

import org.xenolith.cpu.state.Cpu;

/** Interpreters that translate at once, or never, for tests of other packages. */
public final class Engines {
    private Engines() {}

    /** One that translates every block after its first execution, before it goes on. */
    public static Interpreter eager(Cpu cpu, CodeCache cache) {
        return new Interpreter(cpu, cache, Thresholds.optimized(1), Translator.immediate());
    }

    /** One that never translates. */
    public static Interpreter plain(Cpu cpu, CodeCache cache) {
        return new Interpreter(cpu, cache, Thresholds.NEVER, Translator.immediate());
    }

    /** A machine that never translates. */
    public static FlatMachine plainMachine(int bytes) {
        return new FlatMachine(bytes);
    }

    /** A machine that has only optimized regions, made after so many executions. */
    public static FlatMachine optimizing(int bytes, Engine engine, int warm) {
        return new FlatMachine(bytes, Thresholds.optimized(warm), 10_000, new EngineConfig(engine));
    }

    /** A machine that has only baseline regions, made after so many executions. */
    public static FlatMachine baseline(int bytes, Engine engine, int warm) {
        return new FlatMachine(bytes, Thresholds.baseline(warm), 10_000, new EngineConfig(engine));
    }

    /** A machine that has both kinds of regions; see {@link Thresholds}. */
    public static FlatMachine tiered(int bytes, Engine engine, int warm, long hot) {
        return new FlatMachine(bytes, new Thresholds(warm, hot), 10_000, new EngineConfig(engine));
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
