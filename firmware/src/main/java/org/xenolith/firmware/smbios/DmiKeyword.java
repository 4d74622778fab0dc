package org.xenolith.firmware.smbios;

import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** What {@code dmidecode -s} can be asked for, by its keywords. */
public enum DmiKeyword {
    BIOS_VENDOR(SystemStructures.BIOS, 4),
    BIOS_VERSION(SystemStructures.BIOS, 5),
    BIOS_RELEASE_DATE(SystemStructures.BIOS, 8),
    BIOS_REVISION(SystemStructures.BIOS, s -> s.u8(20) + "." + s.u8(21)),
    SYSTEM_MANUFACTURER(SystemStructures.SYSTEM, 4),
    SYSTEM_PRODUCT_NAME(SystemStructures.SYSTEM, 5),
    SYSTEM_VERSION(SystemStructures.SYSTEM, 6),
    SYSTEM_SERIAL_NUMBER(SystemStructures.SYSTEM, 7),
    SYSTEM_UUID(SystemStructures.SYSTEM, DmiSystem::uuid),
    SYSTEM_SKU_NUMBER(SystemStructures.SYSTEM, 25),
    SYSTEM_FAMILY(SystemStructures.SYSTEM, 26),
    BASEBOARD_MANUFACTURER(SystemStructures.BOARD, 4),
    BASEBOARD_PRODUCT_NAME(SystemStructures.BOARD, 5),
    BASEBOARD_VERSION(SystemStructures.BOARD, 6),
    BASEBOARD_SERIAL_NUMBER(SystemStructures.BOARD, 7),
    BASEBOARD_ASSET_TAG(SystemStructures.BOARD, 8),
    CHASSIS_MANUFACTURER(SystemStructures.ENCLOSURE, 4),
    CHASSIS_TYPE(SystemStructures.ENCLOSURE, DmiSystem::enclosureType),
    CHASSIS_VERSION(SystemStructures.ENCLOSURE, 6),
    CHASSIS_SERIAL_NUMBER(SystemStructures.ENCLOSURE, 7),
    CHASSIS_ASSET_TAG(SystemStructures.ENCLOSURE, 8),
    PROCESSOR_FAMILY(4, DmiHardware::family),
    PROCESSOR_MANUFACTURER(4, 7),
    PROCESSOR_VERSION(4, 16),
    PROCESSOR_FREQUENCY(4, s -> DmiHardware.frequency(s.u16(22)));

    private final int type;
    private final Function<SmbiosStructure, String> value;

    DmiKeyword(int type, int offset) {
        this(type, s -> DmiText.stringOf(s, offset));
    }

    DmiKeyword(int type, Function<SmbiosStructure, String> value) {
        this.type = type;
        this.value = value;
    }

    /** The values, one for each structure that has one. */
    public List<String> values(SmbiosReader.Tables tables) {
        return tables.structures().stream().filter(s -> s.type() == type).map(value).toList();
    }

    /** The keyword: "system-manufacturer". */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The keyword of that name, null when there is none. */
    public static DmiKeyword named(String name) {
        for (DmiKeyword keyword : values()) {
            if (keyword.toString().equals(name)) {
                return keyword;
            }
        }
        return null;
    }
}
