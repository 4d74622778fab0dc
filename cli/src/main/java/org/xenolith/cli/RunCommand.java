package org.xenolith.cli;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xenolith.cli.config.ConfigException;
import org.xenolith.cli.config.DomainConfig;
import org.xenolith.cli.config.DomainConfigReader;
import org.xenolith.cli.config.DomainOptions;
import org.xenolith.cli.config.XlConfig;
import org.xenolith.cli.log.Logging;
import org.xenolith.cli.run.Dumps;
import org.xenolith.cli.trace.TraceOption;
import org.xenolith.cli.trace.TraceWriter;
import org.xenolith.xen.trace.Tracer;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code xenolith run}: one domain, with its console on this terminal. */
@Command(
        name = "run",
        description = "Boots a guest; its console is this terminal.",
        customSynopsis = "xenolith run [OPTIONS] [FILE.cfg] [KEY=VALUE...]",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        optionListHeading = "%nOptions (they win over the configuration):%n",
        parameterListHeading = "%nParameters:%n",
        footerHeading = "%n",
        footer = {
            "On a terminal every key goes to the guest, but two: Ctrl-] destroys it and leaves",
            "(status 0), Ctrl-\\ writes its state to standard error, as the signal USR1 does.",
            "Otherwise an interrupt asks the guest to shut down, and a second one destroys it.",
            "",
            "Exit status:",
            "    0  the guest powered off",
            "    1  a failure of xenolith itself",
            "    2  wrong usage or configuration, or an unusable image",
            "    3  the guest crashed; its state is on standard error",
            "    4  the timeout has passed",
            "  130  destroyed by a second interrupt",
            "",
            "Examples:",
            "  xenolith run --kernel guests/vmlinuz-cloud --ramdisk guests/initrd.cpio.gz",
            "  xenolith run guest.cfg memory=512 vcpus=4",
        })
final class RunCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(RunCommand.class);

    @Spec private CommandSpec spec;

    @Parameters(
            paramLabel = "FILE.cfg | KEY=VALUE",
            description =
                    "A configuration as for xl, see xl.cfg(5), and keys that override what it says.")
    private List<String> arguments = new ArrayList<>();

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            description = "pv, pvh or hvm. Default: what the kernel supports.")
    private String type;

    @Option(names = "--kernel", paramLabel = "FILE", description = "The guest's kernel.")
    private Path kernel;

    @Option(names = "--ramdisk", paramLabel = "FILE", description = "Its initial ramdisk.")
    private Path ramdisk;

    @Option(names = "--cmdline", paramLabel = "TEXT", description = "The kernel's command line.")
    private String commandLine;

    @Option(names = "--memory", paramLabel = "MIB", description = "Memory in MiB. Default: 256.")
    private Long memory;

    @Option(names = "--vcpus", paramLabel = "N", description = "Number of vCPUs. Default: 1.")
    private Long vcpus;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "The domain's name. Default: the kernel's file name.")
    private String name;

    @Option(
            names = "--uuid",
            paramLabel = "UUID",
            description = "The domain's UUID. Default: made from its name and kernel.")
    private String uuid;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "Destroy the guest after this time on the host's clock.")
    private Double timeout;

    @Option(
            names = "--no-vmx",
            description = "A machine without virtualization: hvm and pvh domains are refused.")
    private boolean noVmx;

    @Option(
            names = "--realtime",
            description =
                    "Let the guest's clock follow the host's. By default it counts the guest's own"
                            + " instructions: the same input gives the same run, to the byte.")
    private boolean realTime;

    @Option(
            names = "--trace",
            paramLabel = "KINDS[:FILE]",
            description =
                    "Write a line for each event of the kinds exits, hypercalls, traps (with"
                            + " commas), on standard error or to a file; a FILE.jsonl holds JSON.")
    private String trace;

    @Mixin private DumpOptions dump;

    @Mixin private EngineOptions engine;

    @Option(names = "-v", description = "Say on standard error what happens; -vv says more.")
    private boolean[] verbose = {};

    @Override
    public Integer call() throws Exception {
        Logging.setVerbosity(verbose.length);
        List<String> warnings = new ArrayList<>();
        DomainConfig config = config(warnings);
        warnings.forEach(LOG::warn);
        PrintWriter err = spec.commandLine().getErr();
        Dumps dumps = dump.dumps(err);
        GuestImages images = GuestImages.load(config);
        if (trace == null) {
            return ConsoleSession.run(images, engine.config(), dumps, Tracer.OFF, err).code();
        }
        try (TraceWriter writer = TraceWriter.open(TraceOption.parse(trace), err)) {
            return ConsoleSession.run(images, engine.config(), dumps, writer.tracer(), err).code();
        }
    }

    /** What the arguments ask for; adds a line to {@code warnings} for what has no effect. */
    DomainConfig config(List<String> warnings) throws ConfigException {
        XlConfig file = XlConfig.empty();
        String fileName = null;
        List<String> overrides = new ArrayList<>();
        for (String argument : arguments) {
            if (XlConfig.isOverride(argument)) {
                overrides.add(argument);
            } else if (fileName == null) {
                fileName = argument;
                file = XlConfig.load(path(argument));
            } else {
                throw new ConfigException(
                        "'" + fileName + "' and '" + argument + "': one configuration is enough");
            }
        }
        return DomainConfigReader.read(file.with(overrides), options(), warnings);
    }

    private static Path path(String argument) throws ConfigException {
        try {
            return Path.of(argument);
        } catch (InvalidPathException e) {
            throw new ConfigException("configuration: not the name of a file");
        }
    }

    private DomainOptions options() {
        return new DomainOptions(
                type,
                kernel,
                ramdisk,
                commandLine,
                memory,
                vcpus,
                name,
                uuid,
                timeout,
                noVmx,
                realTime);
    }
}
