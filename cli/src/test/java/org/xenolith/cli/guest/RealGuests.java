package org.xenolith.cli.guest;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
    static final String GRUB_PVH = "grub-i386-xen_pvh.bin";
    static final String PAE = "vmlinuz-686-pae";

    private static final String RAMDISK = "initrd.cpio.gz";
    private static final String RAMDISK_I386 = "initrd-i386.cpio.gz";

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

    /** The Xen that runs a PV guest within a PVH domain. */
    static Path shim() {
        return file("xen-shim");
    }

    /** The 32-bit PV image in {@link #shim}. */
    static DomainConfig grub32InShim() throws Exception {
        return domain(
                "grub-i386-xen.bin",
                List.of("type=pvh", "pvshim=1", "pvshim_path=" + shim(), "memory=256"));
    }

    static DomainConfig grub() throws Exception {
        return domain(GRUB, List.of("memory=128"));
    }

    /** GRUB as 32-bit code in a PVH domain. */
    static DomainConfig grubPvh() throws Exception {
        return domain(GRUB_PVH, List.of("memory=128", "type=pvh"));
    }

    /**
     * Debian's 32-bit kernel with the small system. Where dpkg does not know i386 there is none,
     * and the test is skipped in any case.
     *
     * @param type pvh or hvm
     * @param commandLine of the kernel
     */
    static DomainConfig linux32(String type, String commandLine) throws Exception {
        for (String name : List.of(PAE, RAMDISK_I386)) {
            assumeTrue(Files.isReadable(path(name)), name + " is missing");
        }
        return domain(
                PAE,
                List.of("ramdisk=" + file(RAMDISK_I386), "extra=" + commandLine, "type=" + type));
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

    private static Path path(String name) {
        return Path.of(System.getProperty("xenolith.root", ".."), "guests", name);
    }

    private static Path file(String name) {
        Path path = path(name);
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
