package org.xenolith.cli.config;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/** Makes a {@link DomainConfig} of a configuration and options, or says what is wrong with them. */
public final class DomainConfigReader {
    /** The least memory that a domain can start with, MiB. */
    public static final int MIN_MEMORY = 16;

    /** The most memory that any domain can have, MiB; the host's own may be less. */
    public static final int MAX_MEMORY = 64 * 1024;

    /** The most vCPUs that a domain can have. */
    public static final int MAX_VCPUS = 32;

    /** The most bytes in a command line: MAX_GUEST_CMDLINE without its NUL (public/xen.h). */
    public static final int MAX_COMMAND_LINE = 1023;

    private static final int DEFAULT_MEMORY = 256;
    private static final int MAX_NAME = 64;

    private static final Pattern UUID_NOTATION =
            Pattern.compile("(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}");

    private final XlConfig file;
    private final DomainOptions options;
    private final long hostMemory;
    private final List<String> warnings;

    private DomainConfigReader(
            XlConfig file, DomainOptions options, long hostMemory, List<String> warnings) {
        this.file = file;
        this.options = options;
        this.hostMemory = hostMemory;
        this.warnings = warnings;
    }

    /**
     * Checks everything and returns the domain.
     *
     * @param warnings takes one line for everything that has no effect
     */
    public static DomainConfig read(XlConfig file, DomainOptions options, List<String> warnings)
            throws ConfigException {
        return read(file, options, Checks.hostMemory(), warnings);
    }

    /**
     * Checks everything but the kernel and the ramdisk, which need not be there, for a description
     * of a domain that is not to run.
     */
    public static DomainConfig describe(XlConfig file, DomainOptions options)
            throws ConfigException {
        List<String> ignored = new ArrayList<>();
        DomainConfigReader reader =
                new DomainConfigReader(file, options, Checks.hostMemory(), ignored);
        Path kernel = reader.path(options.kernel(), "kernel");
        return reader.read(kernel == null ? Path.of("guest") : kernel, null);
    }

    /** As above, with the host's memory in MiB. */
    static DomainConfig read(
            XlConfig file, DomainOptions options, long hostMemory, List<String> warnings)
            throws ConfigException {
        warnings.addAll(file.warnings());
        return new DomainConfigReader(file, options, hostMemory, warnings).read();
    }

    private DomainConfig read() throws ConfigException {
        Path kernel = path(options.kernel(), "kernel");
        if (kernel == null) {
            throw new ConfigException(
                    "no kernel: name one with --kernel FILE or with kernel= in a configuration");
        }
        HostFiles.check("kernel", kernel);
        Path ramdisk = path(options.ramdisk(), "ramdisk");
        if (ramdisk != null) {
            HostFiles.check("ramdisk", ramdisk);
        }
        return read(kernel, ramdisk);
    }

    private DomainConfig read(Path kernel, Path ramdisk) throws ConfigException {
        Optional<DomainType> type = type();
        int memory = memory();
        String name = name(kernel);
        UUID uuid = uuid(name, kernel);
        return new DomainConfig(
                name,
                type,
                kernel,
                Optional.ofNullable(ramdisk),
                commandLine(),
                memory,
                maxMemory(memory),
                vcpus(),
                uuid,
                shim(type, kernel),
                FirmwareReader.read(file, uuid),
                action("on_poweroff", ShutdownAction.DESTROY),
                action("on_reboot", ShutdownAction.RESTART),
                action("on_crash", ShutdownAction.DESTROY),
                Checks.timeout(options.timeout()),
                !options.noVmx(),
                options.realTime());
    }

    private Optional<DomainType> type() throws ConfigException {
        if (options.type() != null) {
            DomainType type = DomainType.named(options.type());
            if (type == null) {
                throw new ConfigException(
                        "--type: must be pv, pvh or hvm, not '" + options.type() + "'");
            }
            return Optional.of(type);
        }
        String name = file.string("type");
        if (name != null) {
            DomainType type = DomainType.named(name);
            if (type == null) {
                throw file.error("type", "'type' must be pv, pvh or hvm, not '" + name + "'");
            }
            return Optional.of(type);
        }
        String builder = file.string("builder");
        return switch (builder) {
            case null -> Optional.empty();
            case "generic" -> Optional.of(DomainType.PV);
            case "hvm" -> Optional.of(DomainType.HVM);
            default ->
                    throw file.error(
                            "builder", "'builder' must be generic or hvm, not '" + builder + "'");
        };
    }

    /** What libxl gives the shim unless {@code pvshim_cmdline} says otherwise. */
    private static final String SHIM_COMMAND_LINE = "pv-shim console=xen,pv";

    /** Where Debian's package has it; the kernel's own folder comes first. */
    private static final Path INSTALLED_SHIM = Path.of("/usr/lib/xen-4.17/boot/xen-shim");

    private Optional<ShimConfig> shim(Optional<DomainType> type, Path kernel)
            throws ConfigException {
        Long wanted = file.number("pvshim");
        if (wanted == null || wanted == 0) {
            return Optional.empty();
        }
        if (!type.equals(Optional.of(DomainType.PVH))) {
            throw file.error("pvshim", "'pvshim' needs type=\"pvh\"");
        }
        Path path = path(null, "pvshim_path");
        if (path == null) {
            Path beside = kernel.resolveSibling("xen-shim");
            path = Files.exists(beside) ? beside : INSTALLED_SHIM;
        }
        HostFiles.check("pvshim_path", path);
        String line = file.string("pvshim_cmdline");
        String extra = file.string("pvshim_extra");
        String all = line == null ? SHIM_COMMAND_LINE : line;
        return Optional.of(new ShimConfig(path, extra == null ? all : all + " " + extra));
    }

    private Path path(Path option, String key) throws ConfigException {
        if (option != null) {
            return option;
        }
        String text = file.string(key);
        if (text == null) {
            return null;
        }
        if (text.isEmpty()) {
            throw file.error(key, "'" + key + "' is empty");
        }
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw file.error(key, "'" + key + "' is not the name of a file");
        }
    }

    private int memory() throws ConfigException {
        if (options.memory() != null) {
            return memoryInRange("--memory", options.memory());
        }
        Long memory = file.number("memory");
        // xl, too, starts a domain that names only its maximum with all of it.
        String key = memory == null && file.number("maxmem") != null ? "maxmem" : "memory";
        Long value = file.number(key);
        return value == null ? DEFAULT_MEMORY : memoryInRange(key, value);
    }

    private int maxMemory(int memory) throws ConfigException {
        Long value = file.number("maxmem");
        if (value == null) {
            return memory;
        }
        int maximum = memoryInRange("maxmem", value);
        if (maximum < memory) {
            throw file.error(
                    "maxmem",
                    "'maxmem' is " + maximum + " MiB, less than the memory of " + memory + " MiB");
        }
        return maximum;
    }

    private int memoryInRange(String what, long mebibytes) throws ConfigException {
        long limit = Math.min(hostMemory, MAX_MEMORY);
        return Checks.memory(what, mebibytes, "a domain", MIN_MEMORY, limit);
    }

    private int vcpus() throws ConfigException {
        String what = "--vcpus";
        Long vcpus = options.vcpus();
        if (vcpus == null) {
            what = "vcpus";
            vcpus = file.number("vcpus");
        }
        if (vcpus == null) {
            return 1;
        }
        return Checks.vcpus(what, vcpus);
    }

    private String name(Path kernel) throws ConfigException {
        String name = options.name() != null ? options.name() : file.string("name");
        if (name == null) {
            name = String.valueOf(kernel.getFileName()).replaceAll("[^A-Za-z0-9._+-]", "-");
            return name.substring(0, Math.min(name.length(), MAX_NAME));
        }
        if (name.isEmpty() || name.length() > MAX_NAME) {
            throw new ConfigException("name: must have 1 to " + MAX_NAME + " characters");
        }
        if (name.indexOf('/') >= 0 || !name.chars().allMatch(c -> c >= ' ' && c <= '~')) {
            throw new ConfigException("name: must be printable ASCII without '/'");
        }
        return name;
    }

    /**
     * The kernel's command line as xl builds it: {@code cmdline}, or else {@code root=} and {@code
     * extra} joined.
     */
    private String commandLine() throws ConfigException {
        String line = options.commandLine();
        if (line == null) {
            line = file.string("cmdline");
            String root = file.string("root");
            String extra = file.string("extra");
            if (line != null && (root != null || extra != null)) {
                warnings.add("'root' and 'extra' have no effect beside 'cmdline'");
            } else if (line == null && root != null) {
                line = "root=" + root + (extra == null ? "" : " " + extra);
            } else if (line == null) {
                line = extra == null ? "" : extra;
            }
        }
        return Checks.commandLine(line, MAX_COMMAND_LINE);
    }

    private UUID uuid(String name, Path kernel) throws ConfigException {
        String text = options.uuid() != null ? options.uuid() : file.string("uuid");
        if (text == null) {
            String seed = name + "\n" + kernel;
            return UUID.nameUUIDFromBytes(seed.getBytes(StandardCharsets.UTF_8));
        }
        if (!UUID_NOTATION.matcher(text).matches()) {
            throw new ConfigException("uuid: '" + text + "' is not a UUID");
        }
        String digits = text.replace("-", "");
        return new UUID(
                Long.parseUnsignedLong(digits.substring(0, 16), 16),
                Long.parseUnsignedLong(digits.substring(16), 16));
    }

    private ShutdownAction action(String key, ShutdownAction fallback) throws ConfigException {
        String name = file.string(key);
        if (name == null) {
            return fallback;
        }
        ShutdownAction action = ShutdownAction.named(name);
        if (action == null) {
            List<String> names = new ArrayList<>();
            for (ShutdownAction each : ShutdownAction.values()) {
                names.add(each.toString());
            }
            throw file.error(
                    key,
                    ("'" + key + "' must be one of " + String.join(", ", names))
                            + (", not '" + name + "'"));
        }
        return action;
    }
}
