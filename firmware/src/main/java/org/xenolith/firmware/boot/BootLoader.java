package org.xenolith.firmware.boot;

import org.xenolith.firmware.image.BareImage;
import org.xenolith.firmware.image.BootProtocol;
import org.xenolith.firmware.image.ImageException;

import java.nio.ByteBuffer;
import java.util.List;

/** Decides how an image is started, and plans it. */
public final class BootLoader {
    private BootLoader() {}

    /**
     * Plans the start of an image.
     *
     * @throws ImageException if it does not fit the machine, cannot be started by the protocol
     *     asked for, or does not take what it is given; the message is one line for the user
     */
    public static BootPlan plan(BootMachine machine, BootRequest request) throws ImageException {
        BareImage image = request.image();
        BootProtocol protocol = request.protocol().orElse(image.protocols().getFirst());
        // The kernel in a bzImage may be a PVH kernel too, which shows only when it is unpacked.
        boolean packed = protocol == BootProtocol.PVH && image.setupHeader().isPresent();
        if (!packed && !image.protocols().contains(protocol)) {
            throw new ImageException(
                    image.name(),
                    "it cannot be started as " + protocol.label(),
                    "it can be as " + labels(image.protocols()));
        }
        if (protocol == BootProtocol.ROM) {
            return new BootPlan(
                    protocol, List.of(), FlatLoader.rom(request), new EntryState.Reset());
        }
        LoadArea area = new LoadArea(machine.memory(), image.name());
        if (machine.bios()) {
            BiosArea.put(area, machine.config().serialPorts());
        }
        area.putFirmware("the ACPI tables", machine.acpi().base(), machine.acpi().bytes());
        area.putFirmware(
                "the ACPI root pointer",
                machine.acpi().rsdpAddress(),
                ByteBuffer.wrap(machine.acpi().rsdp()));
        EntryState entry =
                switch (protocol) {
                    case MULTIBOOT2 -> Multiboot2Loader.load(request, machine, area);
                    case MULTIBOOT1 -> Multiboot1Loader.load(request, area);
                    case LINUX -> LinuxLoader.load(request, machine, area);
                    case PVH -> PvhLoader.load(request, machine, area);
                    case BOOT_SECTOR -> FlatLoader.bootSector(request, area);
                    case ROM -> throw new AssertionError(protocol);
                };
        return new BootPlan(protocol, area.segments(), List.of(), entry);
    }

    private static String labels(List<BootProtocol> protocols) {
        return String.join(" or ", protocols.stream().map(BootProtocol::label).toList());
    }
}
