package org.xenolith.cpu.engine;

/**
 * How the code of one machine is executed.
 *
 * @param engine for all its processors
 */
public record EngineConfig(Engine engine) {
    /** Translates hot code. */
    public static final EngineConfig DEFAULT = new EngineConfig(Engine.JIT);
}
