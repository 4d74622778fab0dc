package org.xenolith.cpu.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Cases in which this processor once differed from hardware, whose result they have with them: so
 * they run on any machine. New ones are written by {@link HostComparisonTest}.
 */
class HostRegressionTest {
    private static Stream<Path> files() throws Exception {
        Path folder = Path.of(HostRegressionTest.class.getResource("regressions").toURI());
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.toString().endsWith(".case")).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void stillAgreesWithHardware(Path file) throws Exception {
        HostCase c = CaseFile.read(Files.readString(file));
        UserMachine machine = new UserMachine(c.amd());
        assertEquals("", machine.difference(c.code(), c.before(), c.after(), true));
    }

    @ParameterizedTest
    @MethodSource("files")
    void isSaidByTheHostAsWell(Path file) throws Exception {
        HostCase c = CaseFile.read(Files.readString(file));
        try (HostCpu host = HostComparisonTest.start()) {
            Assumptions.assumeTrue(
                    c.amd() == HostCpu.isAmd() && HostCpu.has("avx2"), "another kind of host");
            HostState after = host.run(List.of(c.code()), List.of(c.before())).getFirst();
            UserMachine machine = new UserMachine(c.amd());
            Disagreements.level(machine.decode(c.code(), c.before()), after);
            assertEquals("", machine.difference(c.code(), c.before(), after, true));
        }
    }

    @Test
    void theFolderIsNotEmpty() throws Exception {
        assertTrue(files().count() >= 10);
    }

    @Test
    void aWrittenCaseReadsAsTheSame() throws Exception {
        for (Path file : files().toList()) {
            HostCase c = CaseFile.read(Files.readString(file));
            assertNotNull(new UserMachine(c.amd()).decode(c.code(), c.before()));
            String text = CaseFile.write(c);
            assertEquals(text, CaseFile.write(CaseFile.read(text)));
        }
    }
}
