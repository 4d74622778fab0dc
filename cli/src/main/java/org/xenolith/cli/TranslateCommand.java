package org.xenolith.cli;

import org.xenolith.cli.disasm.CodeSource;
import org.xenolith.cli.run.RunException;
import org.xenolith.cpu.engine.Tier;
import org.xenolith.cpu.engine.TranslatedSnippet;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code xenolith translate}: guest code beside the bytecode that it becomes. */
@Command(
        name = "translate",
        description = "Shows the Java bytecode that a few 64-bit instructions become.",
        mixinStandardHelpOptions = true,
        optionListHeading = "%nOptions:%n",
        parameterListHeading = "%nParameters:%n",
        footer = {
            "",
            "What can be reached from the first instruction is shown, as one region. To see the",
            "regions of a guest that runs, use 'run' or 'bare' with --dump-regions.",
            "",
            "Example: xenolith translate --hex 48 ff c8 75 fb"
        })
final class TranslateCommand implements Callable<Integer> {
    private static final String STANDARD_INPUT = "-";

    @Spec private CommandSpec spec;

    @Option(names = "--hex", description = "Take hex text as code: --hex 48 ff c8 75 fb.")
    private boolean hex;

    @Option(
            names = "--tier",
            paramLabel = "TIER",
            description =
                    "As for which code: ${COMPLETION-CANDIDATES}. baseline is for what is executed"
                            + " now and then. Default: optimized.")
    private Tier tier = Tier.OPTIMIZED;

    @Parameters(
            arity = "1..*",
            paramLabel = "FILE",
            description = "A file of raw code, - for standard input, or hex text with --hex.")
    private List<String> inputs;

    @Override
    public Integer call() throws RunException {
        PrintWriter out = spec.commandLine().getOut();
        try {
            out.print(TranslatedSnippet.listing(code(), tier));
        } catch (IllegalArgumentException e) {
            throw RunException.unusable(e.getMessage());
        }
        out.flush();
        return 0;
    }

    private byte[] code() throws RunException {
        boolean standardInput = inputs.equals(List.of(STANDARD_INPUT));
        if (hex && !standardInput) {
            return CodeSource.hex(String.join(" ", inputs));
        }
        if (inputs.size() > 1) {
            throw RunException.unusable("one file is enough; is --hex missing?");
        }
        byte[] bytes =
                standardInput
                        ? CodeSource.stream(System.in, "standard input")
                        : CodeSource.file(Path.of(inputs.getFirst()));
        return hex ? CodeSource.hex(new String(bytes, StandardCharsets.ISO_8859_1)) : bytes;
    }
}
