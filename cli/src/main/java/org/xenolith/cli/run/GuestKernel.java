package org.xenolith.cli.run;

import org.xenolith.cli.config.DomainConfig;
import org.xenolith.cli.config.DomainType;
import org.xenolith.firmware.image.BareImage;
import org.xenolith.firmware.image.GuestKind;
import org.xenolith.firmware.image.ImageException;
import org.xenolith.firmware.image.KernelImage;

import java.util.Optional;

/** A kernel as its type of domain wants it read. */
public sealed interface GuestKernel {
    /** The type of domain. */
    DomainType type();

    /** For a PV domain. */
    record Pv(KernelImage image) implements GuestKernel {
        @Override
        public DomainType type() {
            return DomainType.PV;
        }
    }

    /**
     * For a PVH or HVM domain.
     *
     * @param guest the kernel's bytes where {@code image} is a Xen that runs it as its PV guest
     */
    record Translated(DomainType type, BareImage image, Optional<byte[]> guest)
            implements GuestKernel {}

    /**
     * Reads the kernel of a configuration, as the type that this names, or else as the first of PV
     * and PVH that the kernel supports.
     *
     * @throws RunException if no domain of that type can run it here
     * @throws ImageException if it is no such kernel
     */
    static GuestKernel load(DomainConfig config) throws RunException, ImageException {
        if (config.type().isPresent()) {
            requireVmx(config, config.type().get());
        }
        GuestKernel kernel = read(config);
        requireVmx(config, kernel.type());
        return kernel;
    }

    private static void requireVmx(DomainConfig config, DomainType type) throws RunException {
        if (type != DomainType.PV && !config.virtualization()) {
            throw RunException.unusable(
                    "type %s needs a processor with VMX, which this machine was told not to have"
                            .formatted(type));
        }
    }

    private static GuestKernel read(DomainConfig config) throws RunException, ImageException {
        if (config.type().isPresent() && config.type().get() != DomainType.PV) {
            return translated(config, config.type().get());
        }
        KernelImage kernel = KernelImage.load(config.kernel());
        if (kernel.guests().contains(GuestKind.PV64)) {
            return new Pv(kernel);
        }
        if (kernel.guests().contains(GuestKind.PV32)) {
            throw RunException.unusable(
                    kernel.name() + ": a 32-bit PV kernel, which is not supported yet");
        }
        if (config.type().isEmpty() && kernel.guests().contains(GuestKind.PVH)) {
            return translated(config, DomainType.PVH);
        }
        kernel.pvLayout(); // says what is wrong
        return new Pv(kernel);
    }

    private static GuestKernel translated(DomainConfig config, DomainType type)
            throws RunException, ImageException {
        if (config.shim().isEmpty()) {
            return new Translated(type, BareImage.load(config.kernel()), Optional.empty());
        }
        byte[] guest = FileContent.read("kernel", config.kernel(), config.memory(), "the domain's");
        BareImage shim = BareImage.load(config.shim().get().path());
        return new Translated(type, shim, Optional.of(guest));
    }
}
