package org.xenolith.cli;

import org.xenolith.cli.config.DomainConfig;
import org.xenolith.cli.config.DomainType;
import org.xenolith.cli.config.ShutdownAction;
import org.xenolith.cli.log.Logging;
import org.xenolith.cli.run.Dumps;
import org.xenolith.cli.run.ExitStatus;
import org.xenolith.cli.run.GuestKernel;
import org.xenolith.cli.run.RunException;
import org.xenolith.firmware.image.ImageException;
import org.xenolith.firmware.image.KernelImage;
import org.xenolith.hvm.build.HvmFirmware;
import org.xenolith.xen.trace.Tracer;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;

/** {@code xenolith demo}: the guest that comes with Xenolith. */
@Command(
        name = "demo",
        description = "Boots a small guest of our own that shows what it finds, and powers off.",
        mixinStandardHelpOptions = true,
        optionListHeading = "%nOptions:%n")
final class DemoCommand implements Callable<Integer> {
    /** In the jar of the module testroms. */
    private static final String KERNEL = "/org/xenolith/testroms/demo.elf";

    private static final int MEMORY = 32;

    @Spec private CommandSpec spec;

    @Mixin private EngineOptions engine;

    @Option(names = "-v", description = "Say on standard error what happens; -vv says more.")
    private boolean[] verbose = {};

    @Override
    public Integer call() throws RunException, ImageException {
        Logging.setVerbosity(verbose.length);
        KernelImage kernel = KernelImage.parse(kernel(), "demo");
        GuestImages images = new GuestImages(config(), new GuestKernel.Pv(kernel), new byte[0]);
        PrintWriter err = spec.commandLine().getErr();
        return ConsoleSession.run(images, engine.config(), Dumps.NONE, Tracer.OFF, err).code();
    }

    private static byte[] kernel() throws RunException {
        try (InputStream in = DemoCommand.class.getResourceAsStream(KERNEL)) {
            if (in == null) {
                throw new RunException(ExitStatus.FAILURE, "this build has no demo guest");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new RunException(ExitStatus.FAILURE, "the demo guest cannot be read");
        }
    }

    private static DomainConfig config() {
        return new DomainConfig(
                "demo",
                Optional.of(DomainType.PV),
                Path.of("demo.elf"),
                Optional.empty(),
                "",
                MEMORY,
                MEMORY,
                1,
                UUID.nameUUIDFromBytes(new byte[] {'d', 'e', 'm', 'o'}),
                Optional.empty(),
                HvmFirmware.USUAL,
                ShutdownAction.DESTROY,
                ShutdownAction.DESTROY,
                ShutdownAction.DESTROY,
                Optional.empty(),
                true,
                false);
    }
}
