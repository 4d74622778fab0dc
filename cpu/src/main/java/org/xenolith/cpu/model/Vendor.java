package org.xenolith.cpu.model;

import java.util.Locale;

/** Who makes a processor: the vendors whose behaviours differ here. */
public enum Vendor {
    INTEL("GenuineIntel"),
    AMD("AuthenticAMD");

    /** What leaf 0 says: EBX, EDX, ECX. */
    public final String text;

    Vendor(String text) {
        this.text = text;
    }

    /**
     * The vendor as a model's table names it.
     *
     * @throws IllegalArgumentException if it is none
     */
    static Vendor named(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT));
    }
}
