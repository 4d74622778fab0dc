package org.xenolith.cpu.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenolith.cpu.decode.Opcode;
import org.xenolith.cpu.decode.OpcodeTable;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Every form of every row of the opcode table, on random states, against the host's processor; but
 * for what {@code not-compared.txt} lists. Properties: {@code xenolith.fuzz.rounds} cases for each
 * form, {@code xenolith.fuzz.seed}, {@code xenolith.fuzz.only} a regular expression for mnemonics,
 * {@code xenolith.fuzz.threads}; {@code xenolith.fuzz.part} of the form 3/8 runs the third eighth
 * of the rows, so that many rounds can be done in several sittings.
 */
class HostComparisonTest {
    private static final int ROUNDS = 1000;

    /** Differences that are reduced and written out; more are only counted. */
    private static final int MOST_WRITTEN = 100;

    private static final Path FOLDER = Path.of("target", "host-regressions");
    private static final Path SUMMARY = Path.of("target", "host-comparison.txt");

    private final int rounds = Integer.getInteger("xenolith.fuzz.rounds", ROUNDS);
    private final long seed = Long.getLong("xenolith.fuzz.seed", 42);
    private final String only = System.getProperty("xenolith.fuzz.only", ".*");
    private final Part part = Part.parse(System.getProperty("xenolith.fuzz.part", "1/1"));
    private final Set<String> missing = Collections.synchronizedSet(new TreeSet<>());
    private final AtomicLong forms = new AtomicLong();
    private final AtomicLong cases = new AtomicLong();

    /** Cases of forms that were given up because they differ. */
    private final AtomicLong skipped = new AtomicLong();

    private final List<String> different = Collections.synchronizedList(new ArrayList<>());

    @ParameterizedTest
    @ValueSource(ints = {64, 32, 16})
    void agreesWithTheHostProcessor(int bits, TestReporter reporter) throws Exception {
        try (HostCpu probe = start()) {
            Assumptions.assumeTrue(
                    bits != 16 || probe.hasLocalSegments(), "the kernel has no modify_ldt");
        }
        long from = System.nanoTime();
        ConcurrentLinkedQueue<Opcode> rows = new ConcurrentLinkedQueue<>(OpcodeTable.get().rows());
        int threads =
                Integer.getInteger(
                        "xenolith.fuzz.threads", Runtime.getRuntime().availableProcessors());
        try (var executor = Executors.newFixedThreadPool(threads)) {
            List<Future<?>> workers = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                workers.add(
                        executor.submit(
                                () -> {
                                    work(rows, bits);
                                    return null;
                                }));
            }
            for (Future<?> worker : workers) {
                worker.get();
            }
        }
        long seconds = (System.nanoTime() - from) / 1_000_000_000;
        String summary =
                "%d-bit code: part %s, %d forms, %d cases, seed %d, %d seconds; not on this host: %s"
                        .formatted(bits, part, forms.get(), cases.get(), seed, seconds, missing);
        reporter.publishEntry(summary);
        Files.writeString(
                SUMMARY, summary + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        assertTrue(forms.get() > 0);
        assertEquals(forms.get() * rounds, cases.get() + skipped.get());
        Collections.sort(different);
        String all = String.join("\n", different);
        // where the makers differ, only AMD's processors have been looked at
        Assumptions.assumeTrue(HostCpu.isAmd() || different.isEmpty(), all);
        assertEquals("", all);
    }

    static HostCpu start() throws Exception {
        Optional<HostCpu> started = HostCpu.start();
        Assumptions.assumeTrue(started.isPresent(), "no x86-64 host with a C compiler");
        return started.get();
    }

    private void work(ConcurrentLinkedQueue<Opcode> rows, int bits) throws Exception {
        try (HostCpu host = start()) {
            Comparison comparison = new Comparison(host, seed);
            Shrinker shrinker = new Shrinker(host);
            for (Opcode row = rows.poll(); row != null; row = rows.poll()) {
                if (!row.mnemonic().matches(only) || !part.has(row.id())) {
                    continue;
                }
                boolean here = true;
                for (String feature : row.allFeatures()) {
                    if (!HostCpu.has(feature)) {
                        missing.add(feature);
                        here = false;
                    }
                }
                if (!here) {
                    continue;
                }
                for (Form form : Form.of(row, bits)) {
                    if (!NotCompared.covers(form)) {
                        long done = comparison.cases;
                        List<HostCase> found = new ArrayList<>();
                        comparison.compare(form, rounds, found::add);
                        forms.incrementAndGet();
                        cases.addAndGet(comparison.cases - done);
                        skipped.addAndGet(rounds - (comparison.cases - done));
                        for (HostCase c : found) {
                            report(c, shrinker);
                        }
                    }
                }
            }
        }
    }

    private void report(HostCase found, Shrinker shrinker) throws Exception {
        if (different.size() >= MOST_WRITTEN) {
            different.add(found.comment());
            return;
        }
        HostCase small = shrinker.shrink(found);
        String name = small.comment().replaceAll(":.*", "").replaceAll("[^A-Za-z0-9]+", "-");
        Files.createDirectories(FOLDER);
        Path file = FOLDER.resolve(name + ".case");
        Files.writeString(file, CaseFile.write(small));
        different.add(small.comment() + " (to keep the case, copy " + file.toAbsolutePath() + ")");
    }
}
