package org.xenolith.cli.config;

import org.xenolith.cpu.model.CpuModel;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes a {@link BareConfig} of options, or says what is wrong with them. */
public final class BareConfigReader {
    /** The least memory of a machine, MiB. */
    public static final int MIN_MEMORY = 4;

    /** The most memory, MiB: what lies below the addresses of devices. */
    public static final int MAX_MEMORY = 3 * 1024;

    /** The most bytes in a command line; a kernel may take less. */
    public static final int MAX_COMMAND_LINE = 4095;

    /** The most modules; each takes a structure in low memory. */
    public static final int MAX_MODULES = 64;

    private static final int DEFAULT_MEMORY = 256;
    private static final String DEFAULT_CPU = "max";

    private BareConfigReader() {}

    /** Checks everything and returns the machine. */
    public static BareConfig read(BareOptions options) throws ConfigException {
        if (options.kernel() == null) {
            throw new ConfigException("no kernel: name one with --kernel FILE");
        }
        HostFiles.check("kernel", options.kernel());
        if (options.initrd() != null) {
            HostFiles.check("initrd", options.initrd());
        }
        String line = options.commandLine() == null ? "" : options.commandLine();
        return new BareConfig(
                options.kernel(),
                Checks.commandLine(line, MAX_COMMAND_LINE),
                Optional.ofNullable(options.initrd()),
                modules(options.modules()),
                memory(options.memory()),
                options.vcpus() == null ? 1 : Checks.vcpus("--vcpus", options.vcpus()),
                cpu(options.cpu()),
                Checks.timeout(options.timeout()),
                options.noReboot());
    }

    private static String cpu(String model) throws ConfigException {
        if (model == null) {
            return DEFAULT_CPU;
        }
        try {
            CpuModel.parse(model);
        } catch (IllegalArgumentException e) {
            throw new ConfigException("--cpu: " + e.getMessage());
        }
        return model;
    }

    private static int memory(Long mebibytes) throws ConfigException {
        if (mebibytes == null) {
            return DEFAULT_MEMORY;
        }
        long limit = Math.min(Checks.hostMemory(), MAX_MEMORY);
        return Checks.memory("--memory", mebibytes, "a machine", MIN_MEMORY, limit);
    }

    private static List<BareConfig.Module> modules(List<String> options) throws ConfigException {
        if (options.size() > MAX_MODULES) {
            throw new ConfigException(
                    "--module: " + options.size() + " modules; at most " + MAX_MODULES);
        }
        List<BareConfig.Module> modules = new ArrayList<>();
        for (String option : options) {
            String text = Checks.commandLine(option.strip(), MAX_COMMAND_LINE);
            Path file;
            try {
                file = Path.of(text.split("\\s", 2)[0]);
            } catch (InvalidPathException e) {
                throw new ConfigException("--module: not the name of a file");
            }
            HostFiles.check("module", file);
            modules.add(new BareConfig.Module(file, text));
        }
        return modules;
    }
}
