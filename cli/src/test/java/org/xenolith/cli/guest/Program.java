package org.xenolith.cli.guest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.xenolith.cli.Main;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The program as a process of its own. */
final class Program {
    private Program() {}

    record Ended(int status, String out, String err) {}

    /** Runs it to its end; its streams are files in {@code folder}. */
    static Ended run(Path folder, String input, String... arguments) throws Exception {
        return runBy(List.of(), folder, input, arguments);
    }

    /** The same, by a command in {@code folder} that takes the program's as further arguments. */
    static Ended runBy(List<String> starter, Path folder, String input, String... arguments)
            throws Exception {
        Path stdin = Files.write(folder.resolve("stdin"), input.getBytes(ISO_8859_1));
        Path stdout = folder.resolve("stdout");
        Path stderr = folder.resolve("stderr");
        List<String> command = new ArrayList<>(starter);
        command.addAll(
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName()));
        command.addAll(List.of(arguments));
        Process process =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectInput(stdin.toFile())
                        .redirectOutput(stdout.toFile())
                        .redirectError(stderr.toFile())
                        .start();
        int status = process.waitFor();
        return new Ended(status, text(stdout), text(stderr));
    }

    private static String text(Path file) throws Exception {
        return new String(Files.readAllBytes(file), ISO_8859_1);
    }
}
