package org.xenolith.cli.run;

import org.xenolith.cli.config.DomainType;
import org.xenolith.firmware.image.BareImage;
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
}
