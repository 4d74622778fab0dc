package org.xenolith.firmware.smbios;

import java.util.Locale;

/**
 * The strings that a configuration can replace, by the names that xl.cfg(5) has for them in {@code
 * smbios=[…]}, and the release date of the BIOS, which xl does not let one choose.
 */
public enum SmbiosKey {
    BIOS_VENDOR,
    BIOS_VERSION,
    BIOS_RELEASE_DATE,
    SYSTEM_MANUFACTURER,
    SYSTEM_PRODUCT_NAME,
    SYSTEM_VERSION,
    SYSTEM_SERIAL_NUMBER,
    BASEBOARD_MANUFACTURER,
    BASEBOARD_PRODUCT_NAME,
    BASEBOARD_VERSION,
    BASEBOARD_SERIAL_NUMBER,
    BASEBOARD_ASSET_TAG,
    BASEBOARD_LOCATION_IN_CHASSIS,
    ENCLOSURE_MANUFACTURER,
    ENCLOSURE_SERIAL_NUMBER,
    ENCLOSURE_ASSET_TAG,
    BATTERY_MANUFACTURER,
    BATTERY_DEVICE_NAME;

    /** The name in a configuration. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The key of a name, null when there is none. */
    public static SmbiosKey named(String name) {
        for (SmbiosKey key : values()) {
            if (key.toString().equals(name)) {
                return key;
            }
        }
        return null;
    }
}
