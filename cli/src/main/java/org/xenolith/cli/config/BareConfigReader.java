package org.xenolith.cli.config;

import org.xenolith.cpu.model.CpuModel;
import org.xenolith.firmware.memory.MemoryMap;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes a {@link BareConfig} of options, or says what is wrong with them. */
public final class BareConfigReader {
    /** The least memory of a machine, MiB. */
    public static final int MIN_MEMORY = 4;

    /** The most memory, MiB: frames are counted in an int, and tables grow with them. */
    public static final int MAX_MEMORY = 1 << 20;

    /** The most bytes in a command line; a kernel may take less. */
    public static final int MAX_COMMAND_LINE = 4095;

    /** The most modules; each takes a structure in low memory. */
    public static final int MAX_MODULES = 64;

    private static final int DEFAULT_MEMORY = 256;
    private static final String DEFAULT_CPU = "max";

    private static final int MIB_SHIFT = 20;

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
        String cpu = cpu(options.cpu());
        String line = options.commandLine() == null ? "" : options.commandLine();
        return new BareConfig(
                options.kernel(),
                Checks.commandLine(line, MAX_COMMAND_LINE),
                Optional.ofNullable(options.initrd()),
                modules(options.modules()),
                memory(options.memory(), CpuModel.parse(cpu).physicalBits()),
                options.vcpus() == null ? 1 : Checks.vcpus("--vcpus", options.vcpus()),
                cpu,
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

    private static int memory(Long mebibytes, int physicalBits) throws ConfigException {
        if (mebibytes == null) {
            return DEFAULT_MEMORY;
        }
        long hole = MemoryMap.HIGH_BASE - MemoryMap.LOW_LIMIT;
        long addressable = (1L << physicalBits) - hole >> MIB_SHIFT;
        long most = Math.min(MAX_MEMORY, addressable);
        return Checks.memory(
                "--memory",
                mebibytes,
                "a machine",
                MIN_MEMORY,
                Math.min(Checks.hostMemory(), most));
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
