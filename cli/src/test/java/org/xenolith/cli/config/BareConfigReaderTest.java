package org.xenolith.cli.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

final class BareConfigReaderTest {
    @TempDir private Path folder;
    private Path kernel;
    private Path module;

    @BeforeEach
    void files() throws Exception {
        kernel = Files.write(folder.resolve("kernel"), new byte[1]);
        module = Files.write(folder.resolve("module"), new byte[1]);
    }

    private static BareOptions options(Path kernel, List<String> modules, Long memory, Long vcpus) {
        return new BareOptions(kernel, null, null, modules, memory, vcpus, null, null, false);
    }

    private static String refused(BareOptions options) {
        ConfigException refusal =
                assertThrows(ConfigException.class, () -> BareConfigReader.read(options));
        assertEquals(1, refusal.getMessage().lines().count(), refusal.getMessage());
        return refusal.getMessage();
    }

    @Test
    void aKernelIsEnough() throws Exception {
        assertEquals(
                new BareConfig(
                        kernel,
                        "",
                        Optional.empty(),
                        List.of(),
                        256,
                        1,
                        "max",
                        Optional.empty(),
                        false),
                BareConfigReader.read(options(kernel, List.of(), null, null)));
    }

    @Test
    void everythingGivenIsKept() throws Exception {
        BareConfig config =
                BareConfigReader.read(
                        new BareOptions(
                                kernel,
                                "console=ttyS0",
                                module,
                                List.of(" " + module + "  a=1 b ", module.toString()),
                                64L,
                                2L,
                                "haswell,-avx2",
                                1.5,
                                true));
        assertEquals(
                new BareConfig(
                        kernel,
                        "console=ttyS0",
                        Optional.of(module),
                        List.of(
                                new BareConfig.Module(module, module + "  a=1 b"),
                                new BareConfig.Module(module, module.toString())),
                        64,
                        2,
                        "haswell,-avx2",
                        Optional.of(Duration.ofMillis(1500)),
                        true),
                config);
    }

    @Test
    void whatIsWrongIsOneLine() {
        assertEquals(
                "no kernel: name one with --kernel FILE",
                refused(options(null, List.of(), null, null)));
        Path none = folder.resolve("none");
        assertEquals(
                "kernel: " + none + ": no such file",
                refused(options(none, List.of(), null, null)));
        assertEquals(
                "module: " + none + ": no such file",
                refused(options(kernel, List.of(none + " arguments"), null, null)));
        assertEquals(
                "module: the file's name is empty",
                refused(options(kernel, List.of("  "), null, null)));
        assertEquals(
                "--module: 65 modules; at most 64",
                refused(options(kernel, Collections.nCopies(65, module.toString()), null, null)));
        assertEquals(
                "--memory: 3 MiB is too small; a machine needs at least 4 MiB",
                refused(options(kernel, List.of(), 3L, null)));
        assertEquals(
                "--memory: 5000000 MiB is too much; at most ",
                refused(options(kernel, List.of(), 5_000_000L, null))
                        .replaceAll("[0-9]+ MiB here", ""));
        assertEquals(
                "--vcpus: must be from 1 to 32, not 33",
                refused(options(kernel, List.of(), null, 33L)));
        assertEquals(
                "--timeout: must be a number of seconds above 0",
                refused(
                        new BareOptions(
                                kernel, null, null, List.of(), null, null, null, -1.0, false)));
        assertEquals(
                "initrd: " + folder + ": is a directory",
                refused(
                        new BareOptions(
                                kernel, null, folder, List.of(), null, null, null, null, false)));
        assertEquals(
                "cmdline: 4096 bytes; a guest takes at most 4095",
                refused(
                        new BareOptions(
                                kernel,
                                "x".repeat(4096),
                                null,
                                List.of(),
                                null,
                                null,
                                null,
                                null,
                                false)));
    }
}
