package org.xenolith.cpu.apic;

/** Delivery modes of messages and local vectors, in encoding order (SDM vol. 3A, 11.6.1). */
enum DeliveryMode {
    FIXED,
    LOWEST_PRIORITY,
    SMI,
    RESERVED,
    NMI,
    INIT,
    STARTUP,
    EXTINT;

    private static final DeliveryMode[] ALL = values();

    /**
     * @param code 0 to 7
     */
    static DeliveryMode of(int code) {
        return ALL[code & 7];
    }

    /** Whether the message's vector is one that the IRR takes. */
    boolean hasVector() {
        return this == FIXED || this == LOWEST_PRIORITY;
    }
}
