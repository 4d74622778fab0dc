import com.google.googlejavaformat.java.Main;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Checks or applies the formatting of every Java source below a folder.
 *
 * <p>Run by Maven in {@code verify}: {@code java -cp google-java-format.jar Format.java check|apply
 * FOLDER}. Exit status 1 when a file is not formatted (they are listed) or does not parse.
 */
final class Format {
    private Format() {}

    public static void main(String[] args) throws Exception {
        boolean apply = args[0].equals("apply");
        Path root = Path.of(args[1]);
        List<String> arguments =
                new ArrayList<>(List.of("--aosp", "--skip-reflowing-long-strings"));
        arguments.addAll(
                apply ? List.of("--replace") : List.of("--dry-run", "--set-exit-if-changed"));
        int options = arguments.size();
        addSources(root, arguments);
        if (arguments.size() == options) {
            return;
        }
        PrintWriter out = new PrintWriter(System.out, true);
        PrintWriter err = new PrintWriter(System.err, true);
        int status = new Main(out, err, System.in).format(arguments.toArray(String[]::new));
        out.flush();
        err.flush();
        if (status != 0 && !apply) {
            System.err.println(
                    "The files above are not formatted; run: mvn -q -N verify -Dformat=apply");
        }
        System.exit(status);
    }

    /**
     * Every source of the modules, and the scripts; built and fetched folders hold none of ours.
     */
    private static void addSources(Path root, List<String> arguments) throws IOException {
        try (var modules = Files.list(root)) {
            for (Path module : modules.sorted().toList()) {
                boolean scripts = module.equals(root.resolve("scripts"));
                Path sources = scripts ? module : module.resolve("src");
                if (!Files.isDirectory(sources)) {
                    continue;
                }
                try (var files = Files.walk(sources)) {
                    files.filter(file -> file.toString().endsWith(".java"))
                            .sorted()
                            .forEach(file -> arguments.add(file.toString()));
                }
            }
        }
    }
}
