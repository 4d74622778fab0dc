package org.xenolith.hvm.build;

import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.model.FeatureWord;
import org.xenolith.firmware.smbios.SmbiosConfig;
import org.xenolith.firmware.smbios.SmbiosException;
import org.xenolith.firmware.smbios.SmbiosKey;
import org.xenolith.firmware.smbios.SmbiosStructure;
import org.xenolith.firmware.smbios.SmbiosTables;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * What a configuration changes in the tables of an HVM domain.
 *
 * @param strings SMBIOS strings that stand in place of the usual ones
 * @param oem SMBIOS OEM strings
 * @param structures SMBIOS structures that stand in place of those of their types
 * @param generation the generation id, if the domain has one
 * @param acpi ACPI tables beside the usual ones, whole
 */
public record HvmFirmware(
        Map<SmbiosKey, String> strings,
        List<String> oem,
        List<SmbiosStructure> structures,
        Optional<UUID> generation,
        List<byte[]> acpi) {
    /** Nothing. */
    public static final HvmFirmware USUAL =
            new HvmFirmware(Map.of(), List.of(), List.of(), Optional.empty(), List.of());

    /** The hypervisor's version, as XENVER gives it in parts. */
    private static final String XEN_VERSION = "4.17.7";

    /** Date of the BIOS. A date of ours that moved would make runs differ. */
    private static final String RELEASE_DATE = "01/01/2025";

    /** The TSC counts nanoseconds. */
    private static final int MEGAHERTZ = 1000;

    /** Copies the collections. */
    public HvmFirmware {
        strings = Map.copyOf(strings);
        oem = List.copyOf(oem);
        structures = List.copyOf(structures);
        acpi = List.copyOf(acpi);
    }

    /**
     * The SMBIOS tables of a domain.
     *
     * @param memory MiB
     * @throws SmbiosException if the configuration's structures are too many
     */
    public SmbiosTables smbios(UUID uuid, int memory, int vcpus, CpuModel model)
            throws SmbiosException {
        int features = model.features().bits(FeatureWord.LEAF_1_EDX);
        return SmbiosTables.of(
                new SmbiosConfig(
                        XEN_VERSION,
                        RELEASE_DATE,
                        uuid,
                        memory,
                        vcpus,
                        new SmbiosConfig.Processor(
                                model.vendor().text, model.signature(), features, MEGAHERTZ),
                        strings,
                        oem,
                        false,
                        structures));
    }
}
