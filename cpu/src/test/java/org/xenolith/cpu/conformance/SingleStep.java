package org.xenolith.cpu.conformance;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/**
 * Runs a folder of SingleStepTests' vectors and prints a scoreboard. Exit status: 0 if all passed
 * that are not excluded, 1 if one failed, 2 for bad usage.
 */
public final class SingleStep {
    private static final String USAGE =
            """
            usage: singlestep DIR [PATTERN]
            DIR holds *.MOO.gz of SingleStepTests: 80286/v1_real_mode or 8086/v1_binary; metadata.json \
            is looked for there and in the folders beside it. PATTERN is a regular expression that a \
            file's name, such as F6.4, must match as a whole.\
            """;

    private static final String SUFFIX = ".MOO.gz";

    /** Vectors between two looks at all of RAM. */
    private static final int CHUNK = 500;

    private final SuiteMetadata metadata;
    private final Scoreboard scoreboard;

    SingleStep(SuiteMetadata metadata, Scoreboard scoreboard) {
        this.metadata = metadata;
        this.scoreboard = scoreboard;
    }

    /** The program. */
    public static void main(String[] args) {
        System.exit(run(args, System.out, System.err));
    }

    static int run(String[] args, PrintStream out, PrintStream err) {
        if (args.length < 1 || args.length > 2 || args[0].startsWith("-")) {
            err.println(USAGE);
            return args.length == 1 && args[0].equals("--help") ? 0 : 2;
        }
        try {
            Path folder = Path.of(args[0]);
            List<Path> files = files(folder, args.length > 1 ? args[1] : ".*");
            if (files.isEmpty()) {
                err.println("singlestep: no such file of vectors in " + folder);
                return 2;
            }
            Scoreboard scoreboard = new Scoreboard();
            SingleStep suite = new SingleStep(SuiteMetadata.find(folder), scoreboard);
            for (Path file : files) {
                suite.run(form(file), MooFile.read(file));
            }
            scoreboard.print(out);
            return scoreboard.failed() == 0 ? 0 : 1;
        } catch (IOException | PatternSyntaxException e) {
            err.println("singlestep: " + e.getMessage());
            return 2;
        }
    }

    private static List<Path> files(Path folder, String pattern) throws IOException {
        Pattern form = Pattern.compile(pattern);
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(each -> each.toString().endsWith(SUFFIX))
                    .filter(each -> form.matcher(form(each)).matches())
                    .sorted()
                    .toList();
        }
    }

    private static String form(Path file) {
        String name = file.getFileName().toString();
        return name.substring(0, name.length() - SUFFIX.length());
    }

    /**
     * Runs the vectors of a file.
     *
     * @param form its name without suffixes
     */
    void run(String form, MooFile file) {
        RealModeMachine machine = new RealModeMachine(file.generation());
        int defined = metadata.definedFlags(form);
        List<Vector> chunk = new ArrayList<>();
        scoreboard.beginFile();
        for (Vector vector : file.vectors()) {
            Exclusion exclusion = Exclusion.of(file.generation(), vector);
            if (exclusion != null) {
                scoreboard.exclude(exclusion);
                continue;
            }
            chunk.add(vector);
            if (chunk.size() == CHUNK) {
                run(machine, form, defined, chunk);
                chunk.clear();
            }
        }
        run(machine, form, defined, chunk);
        scoreboard.endFile(form);
    }

    private void run(RealModeMachine machine, String form, int defined, List<Vector> vectors) {
        List<Vector> agreeing = new ArrayList<>();
        for (Vector vector : vectors) {
            List<String> differences = machine.run(vector, defined).differences();
            if (differences.isEmpty()) {
                agreeing.add(vector);
            } else {
                scoreboard.fail(form, vector, differences);
            }
        }
        if (machine.scrub()) {
            agreeing.forEach(vector -> scoreboard.pass());
        } else {
            judgeStores(machine, form, defined, agreeing);
        }
    }

    /** Runs vectors again to find those that write to memory of which they say nothing. */
    private void judgeStores(
            RealModeMachine machine, String form, int defined, List<Vector> vectors) {
        for (Vector vector : vectors) {
            machine.run(vector, defined);
        }
        if (machine.scrub()) {
            vectors.forEach(vector -> scoreboard.pass());
        } else if (vectors.size() == 1) {
            scoreboard.fail(form, vectors.getFirst(), List.of("writes elsewhere"));
        } else {
            int half = vectors.size() / 2;
            judgeStores(machine, form, defined, vectors.subList(0, half));
            judgeStores(machine, form, defined, vectors.subList(half, vectors.size()));
        }
    }
}
