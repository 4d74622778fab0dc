package org.xenolith.firmware.smbios;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What the tables of a domain say.
 *
 * @param version of the hypervisor, "4.17.5"; the BIOS and the system have it too
 * @param releaseDate of the BIOS, month/day/year: "01/31/2025"
 * @param uuid of the domain, which is the system's, and its serial number
 * @param memory MiB, 1 to {@link #MOST_MEMORY}
 * @param processors how many, 1 to {@link #MOST_PROCESSORS}
 * @param processor what each of them is
 * @param strings what stands in place of the usual strings
 * @param oem the OEM strings, at most {@link #MOST_OEM}; "Xen" if there are none
 * @param battery whether there is a portable battery; there is, too, where {@code strings} name one
 * @param passed structures that stand in place of those of their types, see {@link SmbiosFile}
 */
public record SmbiosConfig(
        String version,
        String releaseDate,
        UUID uuid,
        int memory,
        int processors,
        Processor processor,
        Map<SmbiosKey, String> strings,
        List<String> oem,
        boolean battery,
        List<SmbiosStructure> passed) {
    /** The most memory: addresses in KiB have 32 bits. MiB. */
    public static final int MOST_MEMORY = 4 << 20;

    /** The most processors, which have handles up to those of the next type. */
    public static final int MOST_PROCESSORS = 255;

    /** The most OEM strings. */
    public static final int MOST_OEM = 99;

    /** The most characters of a string. */
    public static final int LONGEST_STRING = 255;

    /**
     * A processor.
     *
     * @param manufacturer as CPUID leaf 0 names it: "GenuineIntel"
     * @param signature EAX of CPUID leaf 1
     * @param features EDX of CPUID leaf 1
     * @param megahertz its clock
     */
    public record Processor(String manufacturer, int signature, int features, int megahertz) {}

    /** Copies the collections; refuses sizes that tables cannot tell and strings that none hold. */
    public SmbiosConfig {
        if (memory < 1 || memory > MOST_MEMORY || processors < 1 || processors > MOST_PROCESSORS) {
            throw new IllegalArgumentException(
                    "no machine: %d MiB, %d processors".formatted(memory, processors));
        }
        if (oem.size() > MOST_OEM) {
            throw new IllegalArgumentException(oem.size() + " OEM strings");
        }
        Map<SmbiosKey, String> copy = new EnumMap<>(SmbiosKey.class);
        copy.putAll(strings);
        strings = copy;
        oem = List.copyOf(oem);
        passed = List.copyOf(passed);
        for (String text : strings.values()) {
            checkString(text);
        }
        oem.forEach(SmbiosConfig::checkString);
        checkString(version);
        checkString(releaseDate);
        checkString(processor.manufacturer());
    }

    /** Whether a structure can hold a text: printable ASCII, 1 to {@link #LONGEST_STRING} of it. */
    public static boolean isString(String text) {
        return !text.isEmpty()
                && text.length() <= LONGEST_STRING
                && text.chars().allMatch(c -> c >= ' ' && c <= '~');
    }

    private static void checkString(String text) {
        if (!isString(text)) {
            throw new IllegalArgumentException("no SMBIOS string: " + text);
        }
    }

    /** The string for a key, or the usual one. */
    String string(SmbiosKey key, String usual) {
        return strings.getOrDefault(key, usual);
    }

    /** Whether the machine has a battery. */
    boolean hasBattery() {
        return battery
                || strings.containsKey(SmbiosKey.BATTERY_MANUFACTURER)
                || strings.containsKey(SmbiosKey.BATTERY_DEVICE_NAME);
    }
}
