package org.xenolith.cli;

import org.xenolith.firmware.image.ImageException;
import org.xenolith.firmware.image.KernelImage;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/** {@code xenolith info}: what a kernel image is and which guests it can be. */
@Command(
        name = "info",
        description = "Prints what a kernel image is.",
        mixinStandardHelpOptions = true,
        optionListHeading = "%nOptions:%n",
        parameterListHeading = "%nParameters:%n")
final class InfoCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "KERNEL", description = "A bzImage or an ELF file.")
    private Path kernel;

    @Override
    public Integer call() throws ImageException {
        PrintWriter out = spec.commandLine().getOut();
        out.print(ImageReport.of(KernelImage.load(kernel)));
        out.flush();
        return 0;
    }
}
