package org.xenolith.cli;

import org.slf4j.LoggerFactory;
import org.xenolith.cli.config.ConfigException;
import org.xenolith.cli.run.ExitStatus;
import org.xenolith.cli.run.RunException;
import org.xenolith.cpu.engine.VerificationException;
import org.xenolith.firmware.image.ImageException;

import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

import java.io.PrintWriter;

/** The program: finds the command and turns failures into one line and an exit status. */
@Command(
        name = "xenolith",
        description = "Runs Xen guests on an x86-64 machine and a hypervisor written in Java.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            RunCommand.class,
            BareCommand.class,
            DemoCommand.class,
            InfoCommand.class,
            DmiCommand.class,
            DisasmCommand.class,
            TranslateCommand.class,
            AutoComplete.GenerateCompletion.class
        },
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        commandListHeading = "%nCommands:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Start with 'xenolith demo'. 'xenolith COMMAND --help' describes a command.",
            "Shell completion: source <(xenolith generate-completion)"
        })
public final class Main {
    Main() {}

    /** Runs the program and ends the process with its status. */
    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    /** The parser with all commands; tests execute it too. */
    static CommandLine commandLine() {
        CommandLine commandLine = new CommandLine(new Main());
        commandLine.setUsageHelpWidth(100);
        commandLine.setParameterExceptionHandler(Main::wrongUsage);
        commandLine.setExecutionExceptionHandler(
                (failure, command, parsed) -> report(failure, command));
        // Picocli's own command has a help of its own style; its name says enough.
        commandLine
                .getSubcommands()
                .get("generate-completion")
                .getCommandSpec()
                .usageMessage()
                .description("Prints a completion script for bash and zsh.");
        return commandLine;
    }

    private static int wrongUsage(ParameterException wrong, String[] args) {
        CommandLine command = wrong.getCommandLine();
        boolean noCommand =
                command.getParent() == null
                        && wrong instanceof UnmatchedArgumentException unmatched
                        && !unmatched.isUnknownOption();
        String message =
                noCommand ? "there is no command '" + args[0] + "'" : oneLine(wrong.getMessage());
        String help = command.getCommandSpec().qualifiedName() + " --help";
        return say(command.getErr(), ExitStatus.UNUSABLE, message + "; see '" + help + "'");
    }

    private static int report(Exception failure, CommandLine command) {
        PrintWriter err = command.getErr();
        return switch (failure) {
            case ConfigException e -> say(err, ExitStatus.UNUSABLE, e.getMessage());
            case ImageException e -> say(err, ExitStatus.UNUSABLE, e.getMessage());
            case RunException e -> say(err, e.status(), e.getMessage());
            case VerificationException e -> {
                err.println("xenolith: " + e.getMessage().stripTrailing());
                err.flush();
                yield ExitStatus.FAILURE.code();
            }
            default -> {
                LoggerFactory.getLogger(Main.class).debug("internal failure", failure);
                yield say(err, ExitStatus.FAILURE, "internal failure (-vv shows more): " + failure);
            }
        };
    }

    private static int say(PrintWriter err, ExitStatus status, String message) {
        err.println("xenolith: " + oneLine(message));
        err.flush();
        return status.code();
    }

    private static String oneLine(String text) {
        return text.strip().replaceAll("\\s*\\R\\s*", " ");
    }

    /** The version, from the manifest of our jar. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {
                "xenolith " + (version == null ? "(not packaged)" : version),
                "Java " + Runtime.version() + ", " + System.getProperty("java.vm.name")
            };
        }
    }
}
