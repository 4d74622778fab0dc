package org.xenolith.cli.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenolith.hvm.build.HvmFirmware;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

final class DomainConfigReaderTest {
    private static final long HOST_MEMORY = 8192;

    @TempDir private Path folder;

    private Path kernel;

    @BeforeEach
    void makeKernel() throws Exception {
        kernel = Files.createFile(folder.resolve("vmlinuz 6.1"));
    }

    private DomainConfig read(String text, DomainOptions options, List<String> warnings)
            throws ConfigException {
        XlConfig file = XlConfig.parse("g.cfg", text.replace("KERNEL", "kernel='" + kernel + "'"));
        return DomainConfigReader.read(file, options, HOST_MEMORY, warnings);
    }

    private DomainConfig read(String text) throws ConfigException {
        return read(text, DomainOptions.NONE, new ArrayList<>());
    }

    @Test
    void aKernelIsEnough() throws ConfigException {
        DomainConfig config = read("KERNEL");
        assertEquals("vmlinuz-6.1", config.name());
        assertEquals(Optional.empty(), config.type());
        assertEquals(kernel, config.kernel());
        assertEquals(Optional.empty(), config.ramdisk());
        assertEquals("", config.commandLine());
        assertEquals(256, config.memory());
        assertEquals(256, config.maxMemory());
        assertEquals(1, config.vcpus());
        assertEquals(ShutdownAction.DESTROY, config.onPoweroff());
        assertEquals(ShutdownAction.RESTART, config.onReboot());
        assertEquals(ShutdownAction.DESTROY, config.onCrash());
        assertEquals(Optional.empty(), config.timeout());
        assertEquals(config, read("KERNEL"), "the same every time, the UUID too");
        assertNotEquals(config.uuid(), read("KERNEL;name='other'").uuid());
    }

    @Test
    void keysOfTheFileCount() throws Exception {
        Path ramdisk = Files.createFile(folder.resolve("initrd"));
        DomainConfig config =
                read(
                        """
                        KERNEL
                        name = "guest"
                        type = "pvh"
                        ramdisk = "%s"
                        memory = 512
                        maxmem = 1024
                        vcpus = 4
                        uuid = "0123456789abcdef0123456789ABCDEF"
                        on_poweroff = "preserve"
                        on_reboot = "rename-restart"
                        on_crash = "coredump-destroy"
                        """
                                .formatted(ramdisk));
        assertEquals("guest", config.name());
        assertEquals(Optional.of(DomainType.PVH), config.type());
        assertEquals(Optional.of(ramdisk), config.ramdisk());
        assertEquals(512, config.memory());
        assertEquals(1024, config.maxMemory());
        assertEquals(4, config.vcpus());
        assertEquals(UUID.fromString("01234567-89ab-cdef-0123-456789abcdef"), config.uuid());
        assertEquals(ShutdownAction.PRESERVE, config.onPoweroff());
        assertEquals(ShutdownAction.RENAME_RESTART, config.onReboot());
        assertEquals(ShutdownAction.COREDUMP_DESTROY, config.onCrash());
    }

    @Test
    void optionsWinOverTheFile() throws Exception {
        Path ramdisk = Files.createFile(folder.resolve("initrd"));
        String uuid = "01234567-89ab-cdef-0123-456789abcdef";
        var options =
                new DomainOptions(
                        "hvm", kernel, ramdisk, "quiet", 64L, 2L, "option", uuid, 1.5, true, true);
        DomainConfig config =
                read(
                        "kernel='/missing';ramdisk='/missing';type='pv';memory=1;vcpus=99;name=''"
                                + ";cmdline='loud';uuid='?'",
                        options,
                        new ArrayList<>());
        assertEquals(
                new DomainConfig(
                        "option",
                        Optional.of(DomainType.HVM),
                        kernel,
                        Optional.of(ramdisk),
                        "quiet",
                        64,
                        64,
                        2,
                        UUID.fromString(uuid),
                        Optional.empty(),
                        HvmFirmware.USUAL,
                        ShutdownAction.DESTROY,
                        ShutdownAction.RESTART,
                        ShutdownAction.DESTROY,
                        Optional.of(Duration.ofMillis(1500)),
                        false,
                        true),
                config);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            value = {
                "~root='/dev/xvda1'~, root=/dev/xvda1",
                "~extra='ro quiet'~, ro quiet",
                "~root='/dev/xvda1';extra='ro'~, root=/dev/xvda1 ro",
                "~cmdline='single'~, single",
            })
    void commandLineIsBuiltAsXlDoes(String keys, String commandLine) throws ConfigException {
        assertEquals(commandLine, read("KERNEL;" + keys).commandLine());
    }

    @Test
    void rootAndExtraGiveWayToCmdline() throws ConfigException {
        List<String> warnings = new ArrayList<>();
        DomainConfig config =
                read("KERNEL;cmdline='a';root='b';disk=[]", DomainOptions.NONE, warnings);
        assertEquals("a", config.commandLine());
        assertEquals(
                List.of(
                        "g.cfg:1: 'disk' is not supported yet",
                        "'root' and 'extra' have no effect beside 'cmdline'"),
                warnings);
    }

    @Test
    void maxmemAloneIsTheMemory() throws ConfigException {
        DomainConfig config = read("KERNEL;maxmem=128");
        assertEquals(128, config.memory());
        assertEquals(128, config.maxMemory());
    }

    @Test
    void theOldBuilderKeyNamesATypeToo() throws ConfigException {
        assertEquals(Optional.of(DomainType.HVM), read("KERNEL;builder='hvm'").type());
        assertEquals(Optional.of(DomainType.PV), read("KERNEL;builder='generic'").type());
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            delimiter = '|',
            value = {
                "memory=1|no kernel: name one with --kernel FILE or with kernel= in a configuration",
                "kernel=''|g.cfg:1: 'kernel' is empty",
                "kernel='/no/kernel'|kernel: /no/kernel: no such file",
                "KERNEL;ramdisk='/no/ramdisk'|ramdisk: /no/ramdisk: no such file",
                "KERNEL;ramdisk='/'|ramdisk: /: is a directory",
                "KERNEL;memory=15|memory: 15 MiB is too small; a domain needs at least 16 MiB",
                "KERNEL;memory=8193|memory: 8193 MiB is too much; at most 8192 MiB here",
                "KERNEL;maxmem=0|maxmem: 0 MiB is too small; a domain needs at least 16 MiB",
                "KERNEL;memory=64;maxmem=32|"
                        + "g.cfg:1: 'maxmem' is 32 MiB, less than the memory of 64 MiB",
                "KERNEL;vcpus=0|vcpus: must be from 1 to 32, not 0",
                "KERNEL;vcpus=33|vcpus: must be from 1 to 32, not 33",
                "KERNEL;vcpus='two'|g.cfg:1: 'vcpus' must be a number, not 'two'",
                "KERNEL;name=''|name: must have 1 to 64 characters",
                "KERNEL;name='a/b'|name: must be printable ASCII without '/'",
                "KERNEL;name='a\\nb'|name: must be printable ASCII without '/'",
                "KERNEL;uuid='1234'|uuid: '1234' is not a UUID",
                "KERNEL;type='xen'|g.cfg:1: 'type' must be pv, pvh or hvm, not 'xen'",
                "KERNEL;builder='x'|g.cfg:1: 'builder' must be generic or hvm, not 'x'",
                "KERNEL;on_crash='panic'|g.cfg:1: 'on_crash' must be one of destroy, restart,"
                        + " rename-restart, preserve, coredump-destroy, coredump-restart,"
                        + " soft-reset, not 'panic'",
            })
    void whatCannotBeIsOneLine(String text, String message) {
        assertEquals(message, assertThrows(ConfigException.class, () -> read(text)).getMessage());
    }

    @Test
    void aLongCommandLineIsRefused() throws ConfigException {
        assertEquals(1023, read("KERNEL;extra='" + "x".repeat(1023) + "'").commandLine().length());
        assertThrows(ConfigException.class, () -> read("KERNEL;extra='" + "x".repeat(1024) + "'"));
    }

    @Test
    void timeoutsArePositive() {
        for (double seconds : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            var options =
                    new DomainOptions(
                            null, kernel, null, null, null, null, null, null, seconds, false,
                            false);
            assertThrows(
                    ConfigException.class,
                    () -> read("", options, new ArrayList<>()),
                    () -> "timeout " + seconds);
        }
    }

    @Test
    void theHostBoundsMemory() {
        String message =
                assertThrows(
                                ConfigException.class,
                                () ->
                                        DomainConfigReader.read(
                                                XlConfig.parse(
                                                        "g",
                                                        "kernel='" + kernel + "';memory=99999"),
                                                DomainOptions.NONE,
                                                1 << 20,
                                                new ArrayList<>()))
                        .getMessage();
        assertTrue(message.endsWith("at most 65536 MiB here"), message);
    }
}
