package org.xenolith.firmware.smbios;

import static org.xenolith.firmware.smbios.SmbiosKey.*;

import org.xenolith.firmware.smbios.SmbiosStructure.Builder;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.UUID;

/** The structures that say what the machine is called: BIOS, system, board, enclosure, battery. */
final class SystemStructures {
    static final int BIOS = 0;
    static final int SYSTEM = 1;
    static final int BOARD = 2;
    static final int ENCLOSURE = 3;
    static final int OEM_STRINGS = 11;
    static final int BATTERY = 22;

    private static final int ENCLOSURE_HANDLE = 0x300;
    private static final String XEN = "Xen";

    /** Where a BIOS would begin, a segment; the size in the field behind is not given. */
    private static final int BIOS_SEGMENT = 0xe800;

    private static final long PCI = 1 << 7;
    private static final long ENHANCED_DISK_DRIVE = 1 << 19;
    private static final int TARGETED_CONTENT = 1 << 2;
    private static final int NO_CONTROLLER = 0xff;
    private static final int POWER_SWITCH = 6;
    private static final int HOSTING_AND_REPLACEABLE = 9;
    private static final int MOTHERBOARD = 10;
    private static final int OTHER = 1;
    private static final int SAFE = 3;
    private static final int UNKNOWN = 2;
    private static final int UNKNOWN_ERROR = 0xff;

    private SystemStructures() {}

    static SmbiosStructure bios(SmbiosConfig config) {
        Builder out = new Builder(BIOS, 0);
        out.string(config.string(BIOS_VENDOR, XEN));
        out.string(config.string(BIOS_VERSION, config.version()));
        out.u16(BIOS_SEGMENT);
        out.string(config.string(BIOS_RELEASE_DATE, config.releaseDate()));
        out.u8(0).u32(PCI | ENHANCED_DISK_DRIVE, 0).u8(0, TARGETED_CONTENT);
        out.u8(release(config.version(), 0), release(config.version(), 1));
        return out.u8(NO_CONTROLLER, NO_CONTROLLER).build();
    }

    /** A number of a version such as 4.17.5; 0 where it has none. */
    private static int release(String version, int part) {
        String[] parts = version.split("[^0-9]");
        boolean there = part < parts.length && parts[part].matches("[0-9]{1,3}");
        return there ? Integer.parseInt(parts[part]) & 0xff : 0;
    }

    static SmbiosStructure system(SmbiosConfig config) {
        Builder out = new Builder(SYSTEM, 0x100);
        out.string(config.string(SYSTEM_MANUFACTURER, XEN));
        out.string(config.string(SYSTEM_PRODUCT_NAME, "HVM domU"));
        out.string(config.string(SYSTEM_VERSION, config.version()));
        out.string(config.string(SYSTEM_SERIAL_NUMBER, config.uuid().toString()));
        return out.bytes(uuid(config.uuid())).u8(POWER_SWITCH, 0, 0).build();
    }

    /** Before version 2.6, all fields of a UUID are big-endian (DSP0134, chapter 7.2.1). */
    private static byte[] uuid(UUID uuid) {
        ByteBuffer out = ByteBuffer.allocate(16);
        out.putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits());
        return out.array();
    }

    /** The board, of which nothing is known unless the configuration has strings for it. */
    static Optional<SmbiosStructure> board(SmbiosConfig config) {
        Builder out = new Builder(BOARD, 0x200);
        out.string(config.string(BASEBOARD_MANUFACTURER, null));
        out.string(config.string(BASEBOARD_PRODUCT_NAME, null));
        out.string(config.string(BASEBOARD_VERSION, null));
        out.string(config.string(BASEBOARD_SERIAL_NUMBER, null));
        out.string(config.string(BASEBOARD_ASSET_TAG, null));
        out.u8(HOSTING_AND_REPLACEABLE);
        out.string(config.string(BASEBOARD_LOCATION_IN_CHASSIS, null));
        out.u16(ENCLOSURE_HANDLE).u8(MOTHERBOARD, 0);
        return out.hasStrings() ? Optional.of(out.build()) : Optional.empty();
    }

    static SmbiosStructure enclosure(SmbiosConfig config) {
        Builder out = new Builder(ENCLOSURE, ENCLOSURE_HANDLE);
        out.string(config.string(ENCLOSURE_MANUFACTURER, XEN)).u8(OTHER, 0);
        out.string(config.string(ENCLOSURE_SERIAL_NUMBER, null));
        out.string(config.string(ENCLOSURE_ASSET_TAG, null));
        return out.u8(SAFE, SAFE, SAFE, UNKNOWN).build();
    }

    static SmbiosStructure oemStrings(SmbiosConfig config) {
        Builder out = new Builder(OEM_STRINGS, 0xb00);
        out.u8(Math.max(1, config.oem().size()));
        config.oem().forEach(out::add);
        if (config.oem().isEmpty()) {
            out.add(XEN);
        }
        return out.build();
    }

    static SmbiosStructure battery(SmbiosConfig config) {
        Builder out = new Builder(BATTERY, 0x1600);
        out.string("Primary").string(config.string(BATTERY_MANUFACTURER, XEN));
        out.string(config.releaseDate()).u8(0);
        out.string(config.string(BATTERY_DEVICE_NAME, "XEN-VBAT"));
        // Neither capacity nor voltage, and none of the smart battery's data, are known.
        out.u8(UNKNOWN).u16(0, 0).u8(0, UNKNOWN_ERROR).u16(0, 0);
        return out.u8(0, 0).u32(0).build();
    }

    /** System boot information: no errors detected. */
    static SmbiosStructure bootStatus() {
        return new Builder(32, 0x2000).u8(0, 0, 0, 0, 0, 0, 0).build();
    }
}
