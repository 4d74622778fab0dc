package org.xenolith.cpu.model;

/**
 * A cache as CPUID describes it; nothing is cached.
 *
 * @param level 1 to 3
 * @param type 1 data, 2 instructions, 3 both (SDM vol. 2A, CPUID leaf 4)
 * @param bytes capacity
 * @param ways associativity, at least 1
 * @param shared by all processors of the package
 */
record CacheLevel(int level, int type, int bytes, int ways, boolean shared) {
    static final int LINE_BYTES = 64;

    CacheLevel {
        if (level < 1 || level > 3 || ways < 1 || bytes % (ways * LINE_BYTES) != 0) {
            throw new IllegalArgumentException("a cache of " + bytes + " bytes, " + ways + " ways");
        }
    }

    int sets() {
        return bytes / ways / LINE_BYTES;
    }

    /** Reads {@code 1 data 32K 8 [shared]}. */
    static CacheLevel parse(String text) {
        String[] fields = text.trim().split("\\s+");
        int type =
                switch (fields[1]) {
                    case "data" -> 1;
                    case "code" -> 2;
                    case "unified" -> 3;
                    default -> throw new IllegalArgumentException("kind of cache " + fields[1]);
                };
        String size = fields[2];
        int unit = size.endsWith("M") ? 20 : size.endsWith("K") ? 10 : -1;
        if (unit < 0 || fields.length > 5 || fields.length == 5 && !fields[4].equals("shared")) {
            throw new IllegalArgumentException("cache " + text);
        }
        int bytes = Integer.parseInt(size.substring(0, size.length() - 1)) << unit;
        boolean shared = fields.length == 5;
        return new CacheLevel(
                Integer.parseInt(fields[0]), type, bytes, Integer.parseInt(fields[3]), shared);
    }
}
