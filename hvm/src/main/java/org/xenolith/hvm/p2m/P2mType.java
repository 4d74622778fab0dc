package org.xenolith.hvm.p2m;

/** What a guest frame number stands for. The order is that of the numbers kept in EPT entries. */
public enum P2mType {
    /** Nothing: an access goes to the device model. */
    NONE,
    /** RAM of the domain. */
    RAM,
    /** RAM that the guest may not write: what it writes is lost. */
    ROM,
    /** A frame of another domain, by grant or foreign mapping. */
    FOREIGN,
    /** The same, read-only. */
    FOREIGN_READ_ONLY;

    private static final P2mType[] ALL = values();

    static P2mType of(int number) {
        return number < ALL.length ? ALL[number] : NONE;
    }

    boolean writable() {
        return this == RAM || this == FOREIGN;
    }
}
