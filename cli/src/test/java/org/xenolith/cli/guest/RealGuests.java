package org.xenolith.cli.guest;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import org.xenolith.cli.config.BareConfig;
import org.xenolith.cli.config.BareConfigReader;
import org.xenolith.cli.config.BareOptions;
import org.xenolith.cli.config.DomainConfig;
import org.xenolith.cli.config.DomainConfigReader;
import org.xenolith.cli.config.DomainOptions;
import org.xenolith.cli.config.XlConfig;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Debian's kernels and GRUB, as {@code scripts/fetch-guests} leaves them. Where they are missing a
 * test that asks for one is skipped, or fails with {@code -Dxenolith.guests=require}.
 */
final class RealGuests {
    static final String CLOUD = "vmlinuz-cloud";
    static final String FULL = "vmlinuz-full";
    static final String GRUB = "grub-x86_64-xen.bin";

    private static final String RAMDISK = "initrd.cpio.gz";

    private RealGuests() {}

    /** A kernel with the small system as its ramdisk, and keys as on the command line. */
    static DomainConfig linux(String kernel, String... keys) throws Exception {
        List<String> all = new ArrayList<>();
        all.add("ramdisk=" + file(RAMDISK));
        all.add("extra=console=hvc0 loglevel=7");
        all.addAll(List.of(keys));
        return domain(kernel, all);
    }

    /** A kernel with the small system as its ramdisk, on a bare PC. */
    static BareConfig bareLinux(String kernel, long vcpus) throws Exception {
        return BareConfigReader.read(
                new BareOptions(
                        file(kernel),
                        "console=ttyS0",
                        file(RAMDISK),
                        List.of(),
                        256L,
                        vcpus,
                        null,
                        null,
                        false));
    }

    /** The same on a machine without virtualization. */
    static DomainConfig withoutVmx(String kernel, String... keys) throws Exception {
        DomainOptions options =
                new DomainOptions(
                        null, null, null, null, null, null, null, null, null, true, false);
        return domain(kernel, List.of(keys), options);
    }

    static DomainConfig grub() throws Exception {
        return domain(GRUB, List.of("memory=128"));
    }

    private static DomainConfig domain(String kernel, List<String> keys) throws Exception {
        return domain(kernel, keys, DomainOptions.NONE);
    }

    private static DomainConfig domain(String kernel, List<String> keys, DomainOptions options)
            throws Exception {
        List<String> all = new ArrayList<>(List.of("kernel=" + file(kernel), "name=guest"));
        all.addAll(keys);
        List<String> warnings = new ArrayList<>();
        DomainConfig config =
                DomainConfigReader.read(XlConfig.empty().with(all), options, warnings);
        return warnings.isEmpty() ? config : fail(warnings.toString());
    }

    private static Path file(String name) {
        Path path = Path.of(System.getProperty("xenolith.root", ".."), "guests", name);
        if (!Files.isReadable(path)) {
            String message = path + " is missing: run scripts/fetch-guests";
            if ("require".equals(System.getProperty("xenolith.guests"))) {
                fail(message);
            }
            abort(message);
        }
        return path;
    }
}
