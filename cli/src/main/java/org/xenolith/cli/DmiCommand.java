package org.xenolith.cli;

import org.xenolith.cli.config.ConfigException;
import org.xenolith.cli.config.DomainConfig;
import org.xenolith.cli.config.DomainConfigReader;
import org.xenolith.cli.config.DomainOptions;
import org.xenolith.cli.config.DomainType;
import org.xenolith.cli.config.XlConfig;
import org.xenolith.cli.run.DomainRunner;
import org.xenolith.cli.run.ExitStatus;
import org.xenolith.cli.run.RunException;
import org.xenolith.cpu.model.CpuModel;
import org.xenolith.firmware.smbios.DmiKeyword;
import org.xenolith.firmware.smbios.DmiText;
import org.xenolith.firmware.smbios.SmbiosException;
import org.xenolith.firmware.smbios.SmbiosReader;
import org.xenolith.firmware.smbios.SmbiosTables;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

/** {@code xenolith dmi}: the SMBIOS tables that a guest will find. */
@Command(
        name = "dmi",
        description = "Prints what dmidecode will print in an HVM guest.",
        customSynopsis = "xenolith dmi [OPTIONS] FILE.cfg [KEY=VALUE...]",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        optionListHeading = "%nOptions:%n",
        parameterListHeading = "%nParameters:%n")
final class DmiCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(
            paramLabel = "FILE.cfg | KEY=VALUE",
            arity = "1..*",
            description =
                    "A configuration as for xl, see xl.cfg(5), and keys that override what it says.")
    private List<String> arguments = new ArrayList<>();

    @Option(
            names = {"-s", "--string"},
            paramLabel = "KEYWORD",
            description = "Print this string alone, such as system-manufacturer.")
    private String keyword;

    @Option(
            names = "--dump-bin",
            paramLabel = "FILE",
            description = "Write the tables to a file for dmidecode --from-dump.")
    private Path dump;

    @Override
    public Integer call() throws ConfigException, RunException {
        DomainConfig config = config();
        PrintWriter out = spec.commandLine().getOut();
        DomainType type = config.type().orElse(DomainType.PV);
        if (type != DomainType.HVM) {
            out.println("# a " + type + " guest has no DMI: only hvm guests find SMBIOS tables");
            out.flush();
            return ExitStatus.SUCCESS.code();
        }
        SmbiosTables tables = tables(config);
        if (dump != null) {
            write(tables.toDump());
        } else if (keyword != null) {
            DmiKeyword wanted = DmiKeyword.named(keyword);
            if (wanted == null) {
                throw RunException.unusable(
                        "-s: no keyword '%s'; there are %s".formatted(keyword, keywords()));
            }
            wanted.values(read(tables)).forEach(out::println);
        } else {
            out.print(DmiText.of(read(tables)));
        }
        out.flush();
        return ExitStatus.SUCCESS.code();
    }

    private static String keywords() {
        return Arrays.stream(DmiKeyword.values())
                .map(DmiKeyword::toString)
                .collect(Collectors.joining(", "));
    }

    private DomainConfig config() throws ConfigException {
        XlConfig file = XlConfig.empty();
        List<String> overrides = new ArrayList<>();
        for (String argument : arguments) {
            if (XlConfig.isOverride(argument)) {
                overrides.add(argument);
            } else {
                try {
                    file = XlConfig.load(Path.of(argument));
                } catch (InvalidPathException e) {
                    throw new ConfigException("configuration: not the name of a file");
                }
            }
        }
        return DomainConfigReader.describe(file.with(overrides), DomainOptions.NONE);
    }

    private static SmbiosTables tables(DomainConfig config) throws RunException {
        try {
            return config.firmware()
                    .smbios(
                            config.uuid(),
                            config.memory(),
                            config.vcpus(),
                            CpuModel.parse(DomainRunner.GUEST_MODEL));
        } catch (SmbiosException e) {
            throw RunException.unusable("smbios: " + e.getMessage());
        }
    }

    private static SmbiosReader.Tables read(SmbiosTables tables) {
        try {
            return SmbiosReader.readDump(tables.toDump());
        } catch (SmbiosException e) {
            throw new IllegalStateException("tables of our own", e);
        }
    }

    private void write(byte[] bytes) throws RunException {
        try {
            Files.write(dump, bytes);
        } catch (IOException e) {
            throw new RunException(
                    ExitStatus.FAILURE, "--dump-bin: cannot write " + dump + ": " + e.getMessage());
        }
    }
}
