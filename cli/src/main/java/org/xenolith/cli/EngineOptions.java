package org.xenolith.cli;

import org.xenolith.cpu.engine.Engine;
import org.xenolith.cpu.engine.EngineConfig;

import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.Optional;

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

    @Option(
            names = "--dump-regions",
            paramLabel = "FOLDER",
            description =
                    "Write each translated region there, as a class file and as a text with the"
                            + " guest's instructions and their bytecode.")
    private Path dump;

    EngineConfig config() {
        return new EngineConfig(engine, Optional.ofNullable(dump));
    }
}
