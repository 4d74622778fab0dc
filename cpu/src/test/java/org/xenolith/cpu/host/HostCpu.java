package org.xenolith.cpu.host;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The host's own processor, for comparison: a native process, compiled from {@code runner.c} when
 * asked for, runs one case after the other.
 */
public final class HostCpu implements AutoCloseable {
    /** Cases in flight: few enough that neither pipe fills up. */
    private static final int BATCH = 16;

    private final Process process;
    private final OutputStream toProcess;
    private final InputStream fromProcess;

    private HostCpu(Process process) {
        this.process = process;
        this.toProcess = process.getOutputStream();
        this.fromProcess = new BufferedInputStream(process.getInputStream(), 1 << 16);
    }

    /** Starts the runner; empty if this is no x86-64 machine or it has no C compiler. */
    public static Optional<HostCpu> start() throws IOException, InterruptedException {
        String arch = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        if (!arch.equals("amd64") && !arch.equals("x86_64")) {
            return Optional.empty();
        }
        Path folder = Files.createTempDirectory("xenolith-host");
        Path source = folder.resolve("runner.c");
        Path binary = folder.resolve("runner");
        // deleted in reverse order
        folder.toFile().deleteOnExit();
        binary.toFile().deleteOnExit();
        source.toFile().deleteOnExit();
        try (InputStream in = HostCpu.class.getResourceAsStream("runner.c")) {
            Files.write(source, in.readAllBytes());
        }
        try {
            Process compiler =
                    new ProcessBuilder(
                                    "cc", "-O1", "-w", "-o", binary.toString(), source.toString())
                            .inheritIO()
                            .start();
            if (compiler.waitFor() != 0) {
                return Optional.empty();
            }
        } catch (IOException e) {
            return Optional.empty();
        }
        return Optional.of(
                new HostCpu(
                        new ProcessBuilder(binary.toString())
                                .redirectError(ProcessBuilder.Redirect.INHERIT)
                                .start()));
    }

    /** Whether the processor has a feature, by its name in /proc/cpuinfo; all have "". */
    public static boolean has(String feature) throws IOException {
        if (feature.isEmpty()) {
            return true;
        }
        try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(l -> l.startsWith("flags"))
                    .findFirst()
                    .map(l -> List.of(l.split("\\s+")).contains(feature))
                    .orElse(false);
        }
    }

    /**
     * Runs cases.
     *
     * @param codes machine code of each, at most 60 bytes
     * @param before state to start each with
     * @return the states after, in the same order
     */
    public List<HostState> run(List<byte[]> codes, List<HostState> before) throws IOException {
        List<HostState> after = new ArrayList<>();
        for (int from = 0; from < codes.size(); from += BATCH) {
            int to = Math.min(codes.size(), from + BATCH);
            ByteBuffer out = ByteBuffer.allocate((to - from) * HostState.BYTES);
            for (int i = from; i < to; i++) {
                before.get(i).encode(out, codes.get(i));
            }
            toProcess.write(out.array());
            toProcess.flush();
            byte[] answer = fromProcess.readNBytes(out.capacity());
            if (answer.length != out.capacity()) {
                throw new IOException("the native runner died");
            }
            ByteBuffer in = ByteBuffer.wrap(answer);
            for (int i = from; i < to; i++) {
                after.add(HostState.decode(in));
            }
        }
        return after;
    }

    @Override
    public void close() throws IOException {
        toProcess.close();
        process.destroy();
    }
}
