package org.xenolith.firmware.smbios;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** BIOS, system, board, enclosure, OEM strings and boot status as text (DSP0134, chapter 7). */
final class DmiSystem {
    private static final List<String> CHARACTERISTICS =
            List.of(
                    "ISA is supported",
                    "MCA is supported",
                    "EISA is supported",
                    "PCI is supported",
                    "PC Card (PCMCIA) is supported",
                    "PNP is supported",
                    "APM is supported",
                    "BIOS is upgradeable",
                    "BIOS shadowing is allowed",
                    "VLB is supported",
                    "ESCD support is available",
                    "Boot from CD is supported",
                    "Selectable boot is supported",
                    "BIOS ROM is socketed",
                    "Boot from PC Card (PCMCIA) is supported",
                    "EDD is supported",
                    "Japanese floppy for NEC 9800 1.2 MB is supported (int 13h)",
                    "Japanese floppy for Toshiba 1.2 MB is supported (int 13h)",
                    "5.25\"/360 kB floppy services are supported (int 13h)",
                    "5.25\"/1.2 MB floppy services are supported (int 13h)",
                    "3.5\"/720 kB floppy services are supported (int 13h)",
                    "3.5\"/2.88 MB floppy services are supported (int 13h)",
                    "Print screen service is supported (int 5h)",
                    "8042 keyboard services are supported (int 9h)",
                    "Serial services are supported (int 14h)",
                    "Printer services are supported (int 17h)",
                    "CGA/mono video services are supported (int 10h)",
                    "NEC PC-98");

    private static final List<String> EXTENSION_1 =
            List.of(
                    "ACPI is supported",
                    "USB legacy is supported",
                    "AGP is supported",
                    "I2O boot is supported",
                    "LS-120 boot is supported",
                    "ATAPI Zip drive boot is supported",
                    "IEEE 1394 boot is supported",
                    "Smart battery is supported");

    private static final List<String> EXTENSION_2 =
            List.of(
                    "BIOS boot specification is supported",
                    "Function key-initiated network boot is supported",
                    "Targeted content distribution is supported",
                    "UEFI is supported",
                    "System is a virtual machine");

    private static final List<String> WAKE_UP =
            List.of(
                    "Reserved",
                    "Other",
                    "Unknown",
                    "APM Timer",
                    "Modem Ring",
                    "LAN Remote",
                    "Power Switch",
                    "PCI PME#",
                    "AC Power Restored");

    private static final List<String> BOARD_FEATURES =
            List.of(
                    "Board is a hosting board",
                    "Board requires at least one daughter board",
                    "Board is removable",
                    "Board is replaceable",
                    "Board is hot swappable");

    private static final List<String> BOARD_TYPES =
            List.of(
                    "Unknown",
                    "Other",
                    "Server Blade",
                    "Connectivity Switch",
                    "System Management Module",
                    "Processor Module",
                    "I/O Module",
                    "Memory Module",
                    "Daughter Board",
                    "Motherboard",
                    "Processor+Memory Module",
                    "Processor+I/O Module",
                    "Interconnect Board");

    private static final List<String> ENCLOSURE_TYPES =
            List.of(
                    "Other",
                    "Unknown",
                    "Desktop",
                    "Low Profile Desktop",
                    "Pizza Box",
                    "Mini Tower",
                    "Tower",
                    "Portable",
                    "Laptop",
                    "Notebook",
                    "Hand Held",
                    "Docking Station",
                    "All In One",
                    "Sub Notebook",
                    "Space-saving",
                    "Lunch Box",
                    "Main Server Chassis",
                    "Expansion Chassis",
                    "Sub Chassis",
                    "Bus Expansion Chassis",
                    "Peripheral Chassis",
                    "RAID Chassis",
                    "Rack Mount Chassis",
                    "Sealed-case PC",
                    "Multi-system",
                    "CompactPCI",
                    "AdvancedTCA",
                    "Blade",
                    "Blade Enclosing",
                    "Tablet",
                    "Convertible",
                    "Detachable",
                    "IoT Gateway",
                    "Embedded PC",
                    "Mini PC",
                    "Stick PC");

    private static final List<String> STATES =
            List.of("Other", "Unknown", "Safe", "Warning", "Critical", "Non-recoverable");

    private static final List<String> SECURITY =
            List.of(
                    "Other",
                    "Unknown",
                    "None",
                    "External Interface Locked Out",
                    "External Interface Enabled");

    private static final List<String> BOOT =
            List.of(
                    "No errors detected",
                    "No bootable media",
                    "Operating system failed to load",
                    "Firmware-detected hardware failure",
                    "Operating system-detected hardware failure",
                    "User-requested boot",
                    "System security violation",
                    "Previously-requested image",
                    "System watchdog timer expired");

    private static final int NO_CHARACTERISTICS = 1 << 3;
    private static final int LOCK = 0x80;

    private DmiSystem() {}

    static void bios(SmbiosStructure s, DmiText out) {
        out.line("BIOS Information");
        out.string(s, "Vendor", 4);
        out.string(s, "Version", 5);
        out.string(s, "Release Date", 8);
        int segment = s.u16(6);
        if (segment != 0) {
            out.field("Address", "0x%04X0".formatted(segment));
            out.field("Runtime Size", DmiText.size((0x10000L - segment) << 4));
        }
        out.field("ROM Size", DmiText.size((s.u8(9) + 1L) << 16));
        List<String> characteristics = new ArrayList<>();
        if ((s.u8(10) & NO_CHARACTERISTICS) != 0) {
            characteristics.add("BIOS characteristics not supported");
        } else {
            characteristics.addAll(DmiText.bits(s.u32(10), 4, CHARACTERISTICS));
        }
        characteristics.addAll(DmiText.bits(s.u8(18), 0, EXTENSION_1));
        characteristics.addAll(DmiText.bits(s.u8(19), 0, EXTENSION_2));
        out.list("Characteristics", characteristics);
        release(s, "BIOS Revision", 20, out);
        release(s, "Firmware Revision", 22, out);
    }

    private static void release(SmbiosStructure s, String label, int offset, DmiText out) {
        if (s.has(offset, 2) && s.u8(offset) != 0xff && s.u8(offset + 1) != 0xff) {
            out.field(label, s.u8(offset) + "." + s.u8(offset + 1));
        }
    }

    static void system(SmbiosStructure s, DmiText out) {
        out.line("System Information");
        out.string(s, "Manufacturer", 4);
        out.string(s, "Product Name", 5);
        out.string(s, "Version", 6);
        out.string(s, "Serial Number", 7);
        if (s.has(8, 17)) {
            out.field("UUID", uuid(s));
            out.field("Wake-up Type", DmiText.named(s.u8(24), 0, WAKE_UP));
        }
        out.string(s, "SKU Number", 25);
        out.string(s, "Family", 26);
    }

    /** The UUID of a system structure, big-endian as before version 2.6. */
    static String uuid(SmbiosStructure s) {
        long high = 0;
        long low = 0;
        for (int i = 0; i < 8; i++) {
            high = high << 8 | s.u8(8 + i);
            low = low << 8 | s.u8(16 + i);
        }
        if (high == low && (high == 0 || high == -1)) {
            return high == 0 ? "Not Settable" : "Not Present";
        }
        return new UUID(high, low).toString();
    }

    static void board(SmbiosStructure s, DmiText out) {
        out.line("Base Board Information");
        out.string(s, "Manufacturer", 4);
        out.string(s, "Product Name", 5);
        out.string(s, "Version", 6);
        out.string(s, "Serial Number", 7);
        out.string(s, "Asset Tag", 8);
        if (s.has(9, 1)) {
            List<String> features = DmiText.bits(s.u8(9), 0, BOARD_FEATURES);
            if (features.isEmpty()) {
                out.field("Features", "None");
            } else {
                out.list("Features", features);
            }
        }
        out.string(s, "Location In Chassis", 10);
        if (s.has(11, 2)) {
            out.field("Chassis Handle", DmiText.handle(s.u16(11)));
        }
        if (s.has(13, 1)) {
            out.field("Type", DmiText.named(s.u8(13), 1, BOARD_TYPES));
        }
        if (s.has(14, 1)) {
            int count = Math.min(s.u8(14), (s.length() - 15) / 2);
            if (count > 0) {
                List<String> handles = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    handles.add(DmiText.handle(s.u16(15 + 2 * i)));
                }
                out.list("Contained Object Handles", handles);
            } else {
                out.field("Contained Object Handles", 0);
            }
        }
    }

    /** The type of an enclosure. */
    static String enclosureType(SmbiosStructure s) {
        return DmiText.named(s.u8(5) & ~LOCK, 1, ENCLOSURE_TYPES);
    }

    static void enclosure(SmbiosStructure s, DmiText out) {
        out.line("Chassis Information");
        out.string(s, "Manufacturer", 4);
        out.field("Type", enclosureType(s));
        out.field("Lock", (s.u8(5) & LOCK) != 0 ? "Present" : "Not Present");
        out.string(s, "Version", 6);
        out.string(s, "Serial Number", 7);
        out.string(s, "Asset Tag", 8);
        if (s.has(9, 4)) {
            out.field("Boot-up State", DmiText.named(s.u8(9), 1, STATES));
            out.field("Power Supply State", DmiText.named(s.u8(10), 1, STATES));
            out.field("Thermal State", DmiText.named(s.u8(11), 1, STATES));
            out.field("Security Status", DmiText.named(s.u8(12), 1, SECURITY));
        }
        if (s.has(13, 4)) {
            out.field("OEM Information", "0x%08X".formatted(s.u32(13)));
        }
        if (s.has(17, 2)) {
            out.field("Height", s.u8(17) == 0 ? "Unspecified" : s.u8(17) + " U");
            int cords = s.u8(18);
            out.field("Number Of Power Cords", cords == 0 ? "Unspecified" : cords);
        }
        if (s.has(19, 2)) {
            out.field("Contained Elements", s.u8(19));
        }
    }

    static void oemStrings(SmbiosStructure s, DmiText out) {
        out.line("OEM Strings");
        for (int i = 1; i <= s.u8(4); i++) {
            boolean there = i <= s.strings().size();
            out.field("String " + i, there ? s.strings().get(i - 1) : "<BAD INDEX>");
        }
    }

    static void bootStatus(SmbiosStructure s, DmiText out) {
        out.line("System Boot Information");
        if (s.has(10, 1)) {
            int status = s.u8(10);
            String known = DmiText.named(status, 0, BOOT);
            String own = status >= 192 ? "Product-specific" : known;
            out.field("Status", status >= 128 && status < 192 ? "OEM-specific" : own);
        }
    }
}
