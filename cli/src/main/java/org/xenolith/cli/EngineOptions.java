package org.xenolith.cli;

import org.xenolith.cpu.engine.Engine;
import org.xenolith.cpu.engine.EngineConfig;

import picocli.CommandLine.Option;

/** Options of all commands that run a guest: how its instructions are executed. */
final class EngineOptions {
    @Option(
            names = "--engine",
            paramLabel = "NAME",
            description =
                    "How instructions are executed: ${COMPLETION-CANDIDATES}. jit translates hot"
                            + " code; verify also interprets it, compares, and ends with status 1"
                            + " at the first difference. The guest sees the same in every case."
                            + " Default: jit.")
    private Engine engine = Engine.JIT;

    EngineConfig config() {
        return new EngineConfig(engine);
    }
}
