package org.xenolith.cpu.engine;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How the code of one machine is executed.
 *
 * @param engine for all its processors
 * @param dump folder into which each translation is written, as a class file and as a text
 */
public record EngineConfig(Engine engine, Optional<Path> dump) {
    /** Translates hot code. */
    public static final EngineConfig DEFAULT = new EngineConfig(Engine.JIT);

    /** An engine without anything special. */
    public EngineConfig(Engine engine) {
        this(engine, Optional.empty());
    }
}
