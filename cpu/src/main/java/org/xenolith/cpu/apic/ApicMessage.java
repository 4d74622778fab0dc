package org.xenolith.cpu.apic;

/**
 * An interrupt message with its destination (SDM vol. 3A, 11.6.2).
 *
 * @param destination APIC ID or message destination address
 * @param wide whether the destination has 32 bits (from an x2APIC) rather than 8
 * @param logical whether it is a logical destination
 * @param vector 0 to 255
 * @param level whether the interrupt is level-triggered
 */
record ApicMessage(
        int destination,
        boolean wide,
        boolean logical,
        DeliveryMode mode,
        int vector,
        boolean level) {
    private static final int BROADCAST_8 = 0xff;
    private static final int BROADCAST_32 = -1;

    /** Whether every APIC is meant. */
    boolean broadcast() {
        return destination == (wide ? BROADCAST_32 : BROADCAST_8);
    }
}
