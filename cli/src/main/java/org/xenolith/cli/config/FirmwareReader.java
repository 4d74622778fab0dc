package org.xenolith.cli.config;

import org.xenolith.firmware.acpi.AcpiException;
import org.xenolith.firmware.acpi.AcpiFile;
import org.xenolith.firmware.smbios.SmbiosConfig;
import org.xenolith.firmware.smbios.SmbiosException;
import org.xenolith.firmware.smbios.SmbiosFile;
import org.xenolith.firmware.smbios.SmbiosKey;
import org.xenolith.firmware.smbios.SmbiosStructure;
import org.xenolith.hvm.build.HvmFirmware;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** The keys of xl.cfg(5) about the tables of HVM domains. */
final class FirmwareReader {
    private static final String OEM = "oem";

    private final XlConfig file;

    private FirmwareReader(XlConfig file) {
        this.file = file;
    }

    /**
     * Reads {@code smbios}, {@code smbios_firmware}, {@code acpi_firmware} and {@code ms_vm_genid}.
     *
     * @param uuid of the domain, from which a generation id is made where one is to be generated:
     *     runs repeat
     */
    static HvmFirmware read(XlConfig file, UUID uuid) throws ConfigException {
        return new FirmwareReader(file).read(uuid);
    }

    private HvmFirmware read(UUID uuid) throws ConfigException {
        Map<SmbiosKey, String> strings = new EnumMap<>(SmbiosKey.class);
        List<String> oem = new ArrayList<>();
        for (String item : file.strings("smbios")) {
            int equals = item.indexOf('=');
            String name = equals < 0 ? item : item.substring(0, equals).strip();
            String value = equals < 0 ? "" : item.substring(equals + 1).strip();
            if (!SmbiosConfig.isString(value)) {
                throw file.error(
                        "smbios",
                        "'smbios': '" + item + "' must be KEY=TEXT, the text printable ASCII");
            }
            SmbiosKey key = SmbiosKey.named(name);
            if (name.equals(OEM) && oem.size() < SmbiosConfig.MOST_OEM) {
                oem.add(value);
            } else if (key != null && key != SmbiosKey.BIOS_RELEASE_DATE) {
                strings.put(key, value);
            } else {
                throw file.error("smbios", "'smbios': no string is called '" + name + "'");
            }
        }
        return new HvmFirmware(strings, oem, structures(), generation(uuid), tables());
    }

    private List<SmbiosStructure> structures() throws ConfigException {
        byte[] content = content("smbios_firmware", SmbiosFile.LARGEST);
        try {
            return SmbiosFile.read(content);
        } catch (SmbiosException e) {
            throw file.error("smbios_firmware", "'smbios_firmware': " + e.getMessage());
        }
    }

    private List<byte[]> tables() throws ConfigException {
        byte[] content = content("acpi_firmware", AcpiFile.LARGEST);
        try {
            return AcpiFile.read(content);
        } catch (AcpiException e) {
            throw file.error("acpi_firmware", "'acpi_firmware': " + e.getMessage());
        }
    }

    /**
     * A file's bytes, one more than {@code largest} of one that is larger; none without the key.
     */
    private byte[] content(String key, int largest) throws ConfigException {
        String name = file.string(key);
        if (name == null) {
            return new byte[0];
        }
        try {
            Path path = Path.of(name);
            HostFiles.check(key, path);
            try (InputStream in = Files.newInputStream(path)) {
                return in.readNBytes(largest + 1);
            }
        } catch (InvalidPathException e) {
            throw file.error(key, "'" + key + "' is not the name of a file");
        } catch (IOException e) {
            throw file.error(key, "'" + key + "' cannot be read: " + e.getMessage());
        }
    }

    private Optional<UUID> generation(UUID uuid) throws ConfigException {
        String text = file.string("ms_vm_genid");
        return switch (text) {
            case null -> Optional.empty();
            case "none" -> Optional.empty();
            case "generate" -> {
                String seed = "generation of " + uuid;
                yield Optional.of(UUID.nameUUIDFromBytes(seed.getBytes(StandardCharsets.US_ASCII)));
            }
            default ->
                    throw file.error(
                            "ms_vm_genid",
                            "'ms_vm_genid' must be generate or none, not '" + text + "'");
        };
    }
}
