package org.xenolith.firmware.smbios;

import java.util.List;

/** Processors, memory and power as text (DSP0134, chapter 7). */
final class DmiHardware {
    private static final List<String> PROCESSOR_TYPES =
            List.of(
                    "Other",
                    "Unknown",
                    "Central Processor",
                    "Math Processor",
                    "DSP Processor",
                    "Video Processor");

    private static final List<String> PROCESSOR_STATUS =
            List.of(
                    "Unknown",
                    "Enabled",
                    "Disabled By User",
                    "Disabled By BIOS",
                    "Idle",
                    "<OUT OF SPEC>",
                    "<OUT OF SPEC>",
                    "Other");

    private static final List<String> LOCATIONS =
            List.of("Other", "Unknown", "System Board Or Motherboard");

    private static final List<String> USES =
            List.of(
                    "Other",
                    "Unknown",
                    "System Memory",
                    "Video Memory",
                    "Flash Memory",
                    "Non-volatile RAM",
                    "Cache Memory");

    private static final List<String> ERROR_CORRECTION =
            List.of("Other", "Unknown", "None", "Parity", "Single-bit ECC", "Multi-bit ECC", "CRC");

    private static final List<String> FORM_FACTORS =
            List.of(
                    "Other",
                    "Unknown",
                    "SIMM",
                    "SIP",
                    "Chip",
                    "DIP",
                    "ZIP",
                    "Proprietary Card",
                    "DIMM");

    private static final List<String> MEMORY_TYPES =
            List.of("Other", "Unknown", "DRAM", "EDRAM", "VRAM", "SRAM", "RAM");

    private static final List<String> CHEMISTRIES =
            List.of(
                    "Other",
                    "Unknown",
                    "Lead Acid",
                    "Nickel Cadmium",
                    "Nickel Metal Hydride",
                    "Lithium Ion",
                    "Zinc Air",
                    "Lithium Polymer");

    private static final List<String> SUPPLY_TYPES =
            List.of(
                    "Other",
                    "Unknown",
                    "Linear",
                    "Switching",
                    "Battery",
                    "UPS",
                    "Converter",
                    "Regulator");

    private static final List<String> SUPPLY_STATUS =
            List.of("Other", "Unknown", "OK", "Non-critical", "Critical");

    private static final List<String> VOLTAGE_RANGES =
            List.of("Other", "Unknown", "Manual", "Auto-switch", "Wide Range", "Not Applicable");

    private static final int NOT_PROVIDED = 0xffff;
    private static final int UNKNOWN_POWER = 0x8000;

    private DmiHardware() {}

    static void processor(SmbiosStructure s, DmiText out) {
        out.line("Processor Information");
        out.string(s, "Socket Designation", 4);
        out.field("Type", DmiText.named(s.u8(5), 1, PROCESSOR_TYPES));
        out.field("Family", family(s));
        out.string(s, "Manufacturer", 7);
        StringBuilder id = new StringBuilder();
        for (int i = 8; i < 16; i++) {
            id.append(i == 8 ? "" : " ").append("%02X".formatted(s.u8(i)));
        }
        out.field("ID", id);
        out.string(s, "Version", 16);
        out.field("Voltage", voltage(s.u8(17)));
        out.field("External Clock", frequency(s.u16(18)));
        out.field("Max Speed", frequency(s.u16(20)));
        out.field("Current Speed", frequency(s.u16(22)));
        boolean populated = (s.u8(24) & 0x40) != 0;
        out.field(
                "Status",
                populated
                        ? "Populated, " + DmiText.named(s.u8(24) & 7, 0, PROCESSOR_STATUS)
                        : "Unpopulated");
        out.field("Upgrade", DmiText.named(s.u8(25), 1, List.of("Other", "Unknown")));
        for (int level = 1; level <= 3; level++) {
            int handle = s.u16(24 + 2 * level);
            String none = "Not Provided";
            out.field(
                    "L" + level + " Cache Handle",
                    handle == NOT_PROVIDED ? none : DmiText.handle(handle));
        }
        out.string(s, "Serial Number", 32);
        out.string(s, "Asset Tag", 33);
        out.string(s, "Part Number", 34);
    }

    /** The family of a processor. */
    static String family(SmbiosStructure s) {
        return DmiText.named(s.u8(6), 1, List.of("Other", "Unknown"));
    }

    private static String voltage(int code) {
        return (code & 0x80) != 0
                ? (code & 0x7f) / 10 + "." + (code & 0x7f) % 10 + " V"
                : "Unknown";
    }

    static String frequency(int megahertz) {
        return megahertz == 0 ? "Unknown" : megahertz + " MHz";
    }

    static void array(SmbiosStructure s, DmiText out) {
        out.line("Physical Memory Array");
        out.field("Location", DmiText.named(s.u8(4), 1, LOCATIONS));
        out.field("Use", DmiText.named(s.u8(5), 1, USES));
        out.field("Error Correction Type", DmiText.named(s.u8(6), 1, ERROR_CORRECTION));
        out.field("Maximum Capacity", DmiText.size(s.u32(7) << 10));
        out.field("Error Information Handle", errorHandle(s.u16(11)));
        out.field("Number Of Devices", s.u16(13));
    }

    private static String errorHandle(int handle) {
        return switch (handle) {
            case 0xfffe -> "Not Provided";
            case 0xffff -> "No Error";
            default -> DmiText.handle(handle);
        };
    }

    static void device(SmbiosStructure s, DmiText out) {
        out.line("Memory Device");
        out.field("Array Handle", DmiText.handle(s.u16(4)));
        out.field("Error Information Handle", errorHandle(s.u16(6)));
        out.field("Total Width", width(s.u16(8)));
        out.field("Data Width", width(s.u16(10)));
        out.field("Size", DmiText.size((long) s.u16(12) << 20));
        out.field("Form Factor", DmiText.named(s.u8(14), 1, FORM_FACTORS));
        out.field("Set", s.u8(15) == 0 ? "None" : s.u8(15));
        out.string(s, "Locator", 16);
        out.string(s, "Bank Locator", 17);
        out.field("Type", DmiText.named(s.u8(18), 1, MEMORY_TYPES));
        out.field("Type Detail", s.u16(19) == 0 ? "None" : "0x%04X".formatted(s.u16(19)));
    }

    private static String width(int bits) {
        return bits == 0xffff || bits == 0 ? "Unknown" : bits + " bits";
    }

    static void arrayAddress(SmbiosStructure s, DmiText out) {
        out.line("Memory Array Mapped Address");
        range(s, out);
        out.field("Physical Array Handle", DmiText.handle(s.u16(12)));
        out.field("Partition Width", s.u8(14));
    }

    static void deviceAddress(SmbiosStructure s, DmiText out) {
        out.line("Memory Device Mapped Address");
        range(s, out);
        out.field("Physical Device Handle", DmiText.handle(s.u16(12)));
        out.field("Memory Array Mapped Address Handle", DmiText.handle(s.u16(14)));
        int row = s.u8(16);
        out.field("Partition Row Position", row == 0 ? "<OUT OF SPEC>" : row);
    }

    /** The first and the last KiB of a range. */
    private static void range(SmbiosStructure s, DmiText out) {
        long first = s.u32(4);
        long last = s.u32(8);
        out.field("Starting Address", "0x%011X".formatted(first << 10));
        out.field("Ending Address", "0x%011X".formatted((last << 10) + 0x3ff));
        out.field("Range Size", DmiText.size(last - first + 1 << 10));
    }

    static void battery(SmbiosStructure s, DmiText out) {
        out.line("Portable Battery");
        out.string(s, "Location", 4);
        out.string(s, "Manufacturer", 5);
        if (s.u8(6) != 0) {
            out.string(s, "Manufacture Date", 6);
        }
        if (s.u8(7) != 0) {
            out.string(s, "Serial Number", 7);
        }
        out.string(s, "Name", 8);
        boolean smart = s.has(22, 4);
        if (s.u8(9) != 2 || !smart) {
            out.field("Chemistry", DmiText.named(s.u8(9), 1, CHEMISTRIES));
        }
        int multiplier = s.has(21, 1) ? s.u8(21) : 1;
        int capacity = s.u16(10);
        out.field("Design Capacity", capacity == 0 ? "Unknown" : capacity * multiplier + " mWh");
        int voltage = s.u16(12);
        out.field("Design Voltage", voltage == 0 ? "Unknown" : voltage + " mV");
        out.string(s, "SBDS Version", 14);
        out.field("Maximum Error", s.u8(15) == 0xff ? "Unknown" : s.u8(15) + "%");
        if (smart) {
            if (s.u8(7) == 0) {
                out.field("SBDS Serial Number", "%04X".formatted(s.u16(16)));
            }
            if (s.u8(6) == 0) {
                int date = s.u16(18);
                int year = 1980 + (date >> 9);
                out.field(
                        "SBDS Manufacture Date",
                        "%d-%02d-%02d".formatted(year, date >> 5 & 15, date & 31));
            }
            if (s.u8(9) == 2) {
                out.string(s, "SBDS Chemistry", 20);
            }
            out.field("OEM-specific Information", "0x%08X".formatted(s.u32(22)));
        }
    }

    static void powerSupply(SmbiosStructure s, DmiText out) {
        out.line("System Power Supply");
        if (s.u8(4) != 0) {
            out.field("Power Unit Group", s.u8(4));
        }
        out.string(s, "Location", 5);
        out.string(s, "Name", 6);
        out.string(s, "Manufacturer", 7);
        out.string(s, "Serial Number", 8);
        out.string(s, "Asset Tag", 9);
        out.string(s, "Model Part Number", 10);
        out.string(s, "Revision", 11);
        int power = s.u16(12);
        out.field("Max Power Capacity", power == UNKNOWN_POWER ? "Unknown" : power + " W");
        int flags = s.u16(14);
        boolean present = (flags & 2) != 0;
        out.field(
                "Status",
                present
                        ? "Present, " + DmiText.named(flags >> 7 & 7, 1, SUPPLY_STATUS)
                        : "Not Present");
        out.field("Type", DmiText.named(flags >> 10 & 15, 1, SUPPLY_TYPES));
        out.field(
                "Input Voltage Range Switching", DmiText.named(flags >> 3 & 15, 1, VOLTAGE_RANGES));
        out.field("Plugged", (flags & 4) != 0 ? "No" : "Yes");
        out.field("Hot Replaceable", (flags & 1) != 0 ? "Yes" : "No");
        String[] probes = {"Input Voltage Probe", "Cooling Device", "Input Current Probe"};
        for (int i = 0; i < probes.length; i++) {
            int handle = s.u16(16 + 2 * i);
            if (s.has(16, 6) && handle != NOT_PROVIDED) {
                out.field(probes[i] + " Handle", DmiText.handle(handle));
            }
        }
    }
}
