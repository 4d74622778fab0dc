package org.xenolith.cpu.host;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The host's own processor, for comparison: a native process, compiled from {@code runner.c} when
 * asked for, runs batches of cases that lie in a file which both map.
 */
public final class HostCpu implements AutoCloseable {
    /** Most cases in a batch. */
    public static final int BATCH = 512;

    private static final int CAN_SEGMENTS = 1;
    private static final int CAN_AVX = 2;

    private static List<String> features;
    private static Optional<Path> compiled;

    private final Process process;
    private final OutputStream toProcess;
    private final DataInputStream fromProcess;
    private final Path file;
    private final MappedByteBuffer slots;
    private final int abilities;

    private HostCpu(Path binary) throws IOException {
        file = Files.createTempFile("xenolith-host", ".cases");
        file.toFile().deleteOnExit();
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            slots = channel.map(FileChannel.MapMode.READ_WRITE, 0, BATCH * HostState.BYTES);
        }
        slots.order(ByteOrder.LITTLE_ENDIAN);
        process =
                new ProcessBuilder(binary.toString(), file.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        toProcess = process.getOutputStream();
        fromProcess = new DataInputStream(process.getInputStream());
        abilities = answer();
    }

    /**
     * Starts the runner; empty if this is no x86-64 machine, it has no C compiler, or its kernel
     * does not let programs set the bases of FS and GS.
     */
    public static synchronized Optional<HostCpu> start() throws IOException, InterruptedException {
        if (compiled == null) {
            compiled = compile();
        }
        if (compiled.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new HostCpu(compiled.get()));
        } catch (EOFException e) {
            return Optional.empty();
        }
    }

    private static Optional<Path> compile() throws IOException, InterruptedException {
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
                                    "cc",
                                    "-O1",
                                    "-w",
                                    "-fno-stack-protector",
                                    "-mno-red-zone",
                                    "-mfsgsbase",
                                    "-Wl,-z,now",
                                    "-o",
                                    binary.toString(),
                                    source.toString())
                            .inheritIO()
                            .start();
            return compiler.waitFor() == 0 ? Optional.of(binary) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Whether the processor has a feature, by its name in /proc/cpuinfo; all have "". */
    public static boolean has(String feature) throws IOException {
        return feature.isEmpty() || cpuinfo("flags").contains(feature);
    }

    /** Whether the processor is AMD's. */
    public static boolean isAmd() throws IOException {
        return cpuinfo("vendor_id").contains("AuthenticAMD");
    }

    /** The processor's name, as it gives it. */
    public static String name() throws IOException {
        List<String> words = cpuinfo("model name");
        return String.join(" ", words.subList(words.indexOf(":") + 1, words.size()));
    }

    private static synchronized List<String> cpuinfo(String key) throws IOException {
        if (key.equals("flags") && features != null) {
            return features;
        }
        List<String> found;
        try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            found =
                    lines.filter(l -> l.startsWith(key))
                            .findFirst()
                            .map(l -> List.of(l.split("\\s+")))
                            .orElse(List.of());
        }
        if (key.equals("flags")) {
            features = found;
        }
        return found;
    }

    /** Whether 16-bit code and segments with bases can be had: the kernel has modify_ldt. */
    public boolean hasLocalSegments() {
        return (abilities & CAN_SEGMENTS) != 0;
    }

    /** Whether {@link HostState#ymm} counts. */
    public boolean hasAvx() {
        return (abilities & CAN_AVX) != 0;
    }

    /**
     * Runs cases.
     *
     * @param codes machine code of each, at most {@link HostState#CODE_BYTES}
     * @param before state to start each with
     * @return the states after, in the same order
     */
    public List<HostState> run(List<byte[]> codes, List<HostState> before) throws IOException {
        List<HostState> after = new ArrayList<>();
        for (int from = 0; from < codes.size(); from += BATCH) {
            int n = Math.min(codes.size() - from, BATCH);
            for (int i = 0; i < n; i++) {
                put(i, codes.get(from + i), before.get(from + i), false);
            }
            run(n);
            for (int i = 0; i < n; i++) {
                HostState state = new HostState();
                get(i, state);
                after.add(state);
            }
        }
        return after;
    }

    /**
     * Places a case in the batch.
     *
     * @param straight whether the code is an instruction that goes on to its end or raises an
     *     exception: the case needs no exception then to end
     */
    void put(int i, byte[] code, HostState before, boolean straight) {
        slots.position(i * HostState.BYTES);
        before.encode(slots, code, straight);
    }

    /** Runs the first {@code n} cases of the batch. */
    void run(int n) throws IOException {
        byte[] number = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(n).array();
        toProcess.write(number);
        toProcess.flush();
        if (answer() != n) {
            throw new IOException("the native runner is confused");
        }
    }

    /** Takes a state after its case out of the batch. */
    void get(int i, HostState after) {
        slots.position(i * HostState.BYTES);
        after.decode(slots);
    }

    private int answer() throws IOException {
        return Integer.reverseBytes(fromProcess.readInt());
    }

    @Override
    public void close() throws IOException {
        toProcess.close();
        process.destroy();
        Files.deleteIfExists(file);
    }
}
