package org.xenolith.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenolith.cli.bare.TinyMultiboot;
import org.xenolith.cli.config.DomainConfig;
import org.xenolith.cli.config.DomainType;

import picocli.CommandLine;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

final class MainTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir private Path folder;

    private int execute(String... arguments) {
        CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(arguments);
    }

    /** Status 2, nothing on standard output, and one line on standard error, which it returns. */
    private String refused(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        assertEquals(2, execute(arguments), () -> "status; standard error: " + err);
        assertEquals("", out.toString());
        String line = err.toString();
        assertEquals(1, line.lines().count(), line);
        assertTrue(line.startsWith("xenolith: "), line);
        return line.strip();
    }

    private String file(String name, byte[] content) throws Exception {
        return Files.write(folder.resolve(name), content).toString();
    }

    @Test
    void wrongUsageIsOneLine() throws Exception {
        String kernel = file("kernel", new byte[0]);
        assertEquals("xenolith: there is no command 'fly'; see 'xenolith --help'", refused("fly"));
        assertEquals(
                "xenolith: Unknown option: '--fast'; see 'xenolith run --help'",
                refused("run", "--fast"));
        assertTrue(refused().contains("subcommand"));
        assertTrue(refused("info").contains("KERNEL"));
        assertTrue(refused("run", "--memory", "lots", kernel).contains("'lots'"));
        assertTrue(refused("run", kernel, kernel).contains("one configuration is enough"));
        assertTrue(refused("run", "--vcpus", "0", "--kernel", kernel).contains("--vcpus"));
        assertTrue(refused("run", "--memory", "8", "--kernel", kernel).contains("too small"));
        assertTrue(refused("demo", "--engine", "warp").contains("'warp'"));
        assertTrue(refused("run", "--timeout", "0", "--kernel", kernel).contains("--timeout"));
        for (String time : List.of("soon", "-1", "1e10", "1e999999999", "0.0000000001")) {
            assertTrue(refused("run", "--dump-at", time, "--kernel", kernel).contains("--dump-at"));
        }
    }

    @Test
    void wrongUsageOfABareMachineIsOneLine() throws Exception {
        String kernel = file("kernel", new TinyMultiboot().spin().image());
        assertEquals("xenolith: no kernel: name one with --kernel FILE", refused("bare"));
        assertTrue(refused("bare", kernel).contains("see 'xenolith bare --help'"));
        assertTrue(refused("bare", "--kernel", kernel, "--vcpus", "0").contains("--vcpus"));
        assertTrue(refused("bare", "--kernel", kernel, "--memory", "1").contains("too small"));
        assertTrue(refused("bare", "--kernel", kernel, "--cpu", "abacus").contains("abacus"));
        assertTrue(refused("bare", "--kernel", kernel, "--module", "x y").contains("x: no such"));
        String text = file("text", "not a kernel at all\n".repeat(100).getBytes());
        assertTrue(refused("bare", "--kernel", text).contains(text));
        String large = file("large", new byte[5 << 20]);
        assertTrue(
                refused("bare", "--kernel", kernel, "--memory", "4", "--initrd", large)
                        .contains("larger than the machine's 4 MiB of memory"));
    }

    @Test
    void unusableFilesAreOneLine() throws Exception {
        String none = folder.resolve("none").toString();
        String empty = file("empty", new byte[0]);
        String text = file("text", "not a kernel at all\n".repeat(100).getBytes());
        String truncated = file("truncated", new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1});
        for (String image : List.of(none, empty, text, truncated, folder.toString())) {
            assertTrue(refused("info", image).contains(image));
            assertTrue(refused("run", "--kernel", image).contains(image));
        }
        assertTrue(refused("run", "--kernel", text, "--ramdisk", none).contains(none));
        assertTrue(refused("run", "--kernel", "").contains("the file's name is empty"));
        assertTrue(refused("run", none + ".cfg").contains(none + ".cfg: no such file"));
        assertTrue(refused("run", folder.toString()).contains("is a directory"));
    }

    @Test
    void aBrokenConfigurationNamesItsLine() throws Exception {
        String broken = file("broken.cfg", "name = 'a'\nmemory = much\n".getBytes());
        assertTrue(refused("run", broken).contains(broken + ":2: "));
    }

    @Test
    void withoutVirtualizationThereArePvGuestsAlone() throws Exception {
        String kernel = TinyKernel.write(folder).toString();
        for (String type : List.of("pvh", "hvm")) {
            assertEquals(
                    "xenolith: type %s needs a processor with VMX, which this machine was told not to have"
                            .formatted(type),
                    refused("run", "--no-vmx", "--type", type, "--kernel", kernel));
        }
    }

    @Test
    void dmiPrintsWhatTheGuestWillSee() throws Exception {
        String guest =
                file(
                        "guest.cfg",
                        ("type=\"hvm\"\nuuid=\"89e5915f-dead-beef-cefd-46904ea94c4a\"\n"
                                        + "smbios=[\"system_version=3.3.1\"]\n")
                                .getBytes());
        String[][] expected = {
            {"system-manufacturer", "Xen"},
            {"system-product-name", "HVM domU"},
            {"system-version", "3.3.1"},
            {"system-serial-number", "89e5915f-dead-beef-cefd-46904ea94c4a"},
        };
        for (String[] pair : expected) {
            out.getBuffer().setLength(0);
            assertEquals(0, execute("dmi", guest, "-s", pair[0]));
            assertEquals(pair[1], out.toString().strip());
        }
        out.getBuffer().setLength(0);
        assertEquals(0, execute("dmi", guest, "type=pvh"));
        assertEquals(
                "# a pvh guest has no DMI: only hvm guests find SMBIOS tables",
                out.toString().strip());
        assertTrue(refused("dmi", guest, "-s", "colour").contains("no keyword 'colour'"));
        assertTrue(refused("dmi", guest, "smbios=['colour=red']").contains("'colour'"));
        assertTrue(refused("dmi", guest, "smbios=['system_version=']").contains("KEY=TEXT"));
        assertTrue(refused("dmi", guest, "ms_vm_genid=often").contains("generate or none"));
    }

    @Test
    void traceOptionsAreChecked() throws Exception {
        String kernel = TinyKernel.write(folder).toString();
        assertTrue(refused("run", "--kernel", kernel, "--trace", "exit").contains("not 'exit'"));
        assertTrue(refused("run", "--kernel", kernel, "--trace", "exits:").contains("colon"));
    }

    @Test
    void aRamdiskMustFitTheMemory() throws Exception {
        String kernel = TinyKernel.write(folder).toString();
        String ramdisk = file("ramdisk", new byte[17 << 20]);
        assertTrue(
                refused("run", "--kernel", kernel, "--ramdisk", ramdisk, "memory=16")
                        .contains("larger than the domain's 16 MiB of memory"));
    }

    @Test
    void optionsAndOverridesBecomeTheConfiguration() throws Exception {
        Path kernel = TinyKernel.write(folder);
        String cfg = file("guest.cfg", "name='file'\nvcpus=2\nmemory=32\nvif=[]".getBytes());
        RunCommand command =
                CommandLine.populateCommand(
                        new RunCommand(),
                        ("--type=pv --kernel " + kernel + " --cmdline quiet --vcpus 3 --realtime ")
                                .concat("--timeout 2 -vv " + cfg + " memory=64 name=override")
                                .split(" "));
        List<String> warnings = new ArrayList<>();
        DomainConfig config = command.config(warnings);
        assertEquals(Optional.of(DomainType.PV), config.type());
        assertEquals(kernel, config.kernel());
        assertEquals("quiet", config.commandLine());
        assertEquals("override", config.name());
        assertEquals(64, config.memory());
        assertEquals(3, config.vcpus());
        assertEquals(2, config.timeout().orElseThrow().toSeconds());
        assertTrue(config.realTime());
        assertEquals(List.of(cfg + ":4: 'vif' is not supported yet"), warnings);
    }

    @Test
    void theOrderOfArgumentsDoesNotMatter() throws Exception {
        String cfg = file("a.cfg", "name='file'".getBytes());
        Path kernel = TinyKernel.write(folder);
        RunCommand command =
                CommandLine.populateCommand(
                        new RunCommand(), "name=first", cfg, "--kernel", kernel.toString());
        assertEquals("first", command.config(new ArrayList<>()).name());
    }

    @Test
    void helpAndVersionSucceed() {
        assertEquals(0, execute("--help"));
        assertTrue(out.toString().contains("demo"), out::toString);
        assertEquals(0, execute("--version"));
        assertTrue(out.toString().contains("Java 25"), out::toString);
        assertEquals(0, execute("run", "--help"));
        assertTrue(out.toString().contains("Ctrl-]"), out::toString);
        assertEquals(0, execute("generate-completion"));
        assertTrue(out.toString().contains("--ramdisk"), out::toString);
        assertEquals("", err.toString());
    }

    @Test
    void infoDescribesAnImage() throws Exception {
        assertEquals(0, execute("info", TinyKernel.write(folder).toString()));
        assertEquals(
                """
                image:       %s
                format:      ELF
                kernel:      ELF64 x86-64, 304 bytes, 1 segments, entry 0x100000
                Xen notes:   ELF notes
                XEN_VERSION: xen-3.0
                LOADER:      generic
                ENTRY:       0x100000
                VIRT_BASE:   0x0
                PV entry:    0x100000
                PV memory:   0x100000 to 0x101000
                PVH entry:   none
                runs as:     pv (64 bit)
                """
                        .formatted(folder.resolve("tiny.elf")),
                out.toString());
    }
}
