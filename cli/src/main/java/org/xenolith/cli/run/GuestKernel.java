package org.xenolith.cli.run;

import org.xenolith.cli.config.DomainConfig;
import org.xenolith.cli.config.DomainType;
import org.xenolith.firmware.image.BareImage;
import org.xenolith.firmware.image.GuestKind;
import org.xenolith.firmware.image.ImageException;
import org.xenolith.firmware.image.KernelImage;

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

    /** For a PVH or HVM domain. */
    record Translated(DomainType type, BareImage image) implements GuestKernel {}

    /**
     * Reads the kernel of a configuration, as the type that this names, or else as the first of PV
     * and PVH that the kernel supports.
     *
     * @throws RunException if no domain of that type can run it here
     * @throws ImageException if it is no such kernel
     */
    static GuestKernel load(DomainConfig config) throws RunException, ImageException {
        GuestKernel kernel = read(config);
        if (kernel.type() != DomainType.PV && !config.virtualization()) {
            throw RunException.unusable(
                    "type %s needs a processor with VMX, which this machine was told not to have"
                            .formatted(kernel.type()));
        }
        return kernel;
    }

    private static GuestKernel read(DomainConfig config) throws RunException, ImageException {
        if (config.type().isPresent() && config.type().get() != DomainType.PV) {
            return new Translated(config.type().get(), BareImage.load(config.kernel()));
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
            return new Translated(DomainType.PVH, BareImage.load(config.kernel()));
        }
        kernel.pvLayout(); // says what is wrong
        return new Pv(kernel);
    }
}
