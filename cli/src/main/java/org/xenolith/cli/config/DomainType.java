package org.xenolith.cli.config;

import java.util.Locale;

/** The kinds of domains, by the names that xl.cfg's {@code type} uses. */
public enum DomainType {
    /** Paravirtual: the guest's kernel runs without ring 0 and uses hypercalls. */
    PV,
    /** Hardware virtualisation without an emulated PC. */
    PVH,
    /** Hardware virtualisation with an emulated PC. */
    HVM;

    /** The type of that name, null when there is none. */
    static DomainType named(String name) {
        for (DomainType type : values()) {
            if (type.toString().equals(name)) {
                return type;
            }
        }
        return null;
    }

    /** The name in xl.cfg. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
