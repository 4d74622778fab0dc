package org.xenolith.cli;

import org.xenolith.cli.bare.BareOutcome;
import org.xenolith.cli.bare.BareRunner;
import org.xenolith.cli.config.BareConfig;
import org.xenolith.cli.config.BareConfigReader;
import org.xenolith.cli.config.BareOptions;
import org.xenolith.cli.config.ConfigException;
import org.xenolith.cli.log.Logging;
import org.xenolith.cli.run.Dumps;
import org.xenolith.cli.run.ExitStatus;
import org.xenolith.cpu.model.CpuModel;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code xenolith bare}: a PC without a hypervisor, its first serial port on this terminal. */
@Command(
        name = "bare",
        description = "Runs a kernel on a bare PC; its serial port COM1 is this terminal.",
        customSynopsis = "xenolith bare --kernel FILE [OPTIONS]",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        optionListHeading = "%nOptions:%n",
        footerHeading = "%n",
        footer = {
            "On a terminal every key goes to COM1, but two: Ctrl-] ends the machine (status 0),",
            "Ctrl-\\ writes its state to standard error, as the signal USR1 does. Otherwise the",
            "second interrupt ends it. Bytes written to port 0xe9 appear on standard output, too.",
            "",
            "Exit status:",
            "    0  power off, or reset with --no-reboot",
            "    1  a failure of xenolith itself",
            "    2  wrong usage, or an unusable image",
            "    3  triple fault; the processor's state is on standard error",
            "    4  the timeout has passed",
            "  130  ended by a second interrupt",
            "    n  v << 1 | 1 modulo 256 when the guest writes v to port 0xf4",
            "",
            "Examples:",
            "  xenolith bare --kernel guests/vmlinuz-cloud --initrd guests/initrd.cpio.gz \\",
            "      --cmdline console=ttyS0",
            "  xenolith bare --kernel xen.gz --module 'vmlinuz console=hvc0' --module initrd.gz",
        })
final class BareCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(
            names = "--kernel",
            paramLabel = "FILE",
            description =
                    "Multiboot 1 or 2, ELF with a PVH note, bzImage, or a flat image; may be"
                            + " compressed.")
    private Path kernel;

    @Option(names = "--cmdline", paramLabel = "TEXT", description = "The kernel's command line.")
    private String commandLine;

    @Option(names = "--initrd", paramLabel = "FILE", description = "Its initial ramdisk.")
    private Path initrd;

    @Option(
            names = "--module",
            paramLabel = "\"FILE ARGUMENTS\"",
            description = "A module for a multiboot or PVH kernel; may be repeated.")
    private List<String> modules = new ArrayList<>();

    @Option(names = "--memory", paramLabel = "MIB", description = "Memory in MiB. Default: 256.")
    private Long memory;

    @Option(names = "--vcpus", paramLabel = "N", description = "Number of processors. Default: 1.")
    private Long vcpus;

    @Option(
            names = "--cpu",
            paramLabel = "MODEL[,+F,-F]",
            description =
                    "Processor model, with features added and removed; 'help' lists the models."
                            + " Default: max.")
    private String cpu;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "End the machine after this time on the host's clock.")
    private Double timeout;

    @Option(names = "--no-reboot", description = "A reset ends the machine.")
    private boolean noReboot;

    @Mixin private DumpOptions dump;

    @Mixin private EngineOptions engine;

    @Option(names = "-v", description = "Say on standard error what happens; -vv says more.")
    private boolean[] verbose = {};

    @Override
    public Integer call() throws Exception {
        Logging.setVerbosity(verbose.length);
        if ("help".equals(cpu)) {
            spec.commandLine().getOut().print(CpuModel.help());
            spec.commandLine().getOut().flush();
            return ExitStatus.SUCCESS.code();
        }
        BareConfig config = config();
        PrintWriter err = spec.commandLine().getErr();
        Dumps dumps = dump.dumps(err);
        BareRunner runner = BareRunner.prepare(config);
        BareOutcome outcome =
                ConsoleSession.onTerminal(config.timeout(), engine.config(), dumps, runner::run);
        outcome.report().ifPresent(report -> err.println("xenolith: " + report.stripTrailing()));
        err.flush();
        return outcome.status();
    }

    /** What the options ask for. */
    BareConfig config() throws ConfigException {
        return BareConfigReader.read(
                new BareOptions(
                        kernel,
                        commandLine,
                        initrd,
                        modules,
                        memory,
                        vcpus,
                        cpu,
                        timeout,
                        noReboot));
    }
}
