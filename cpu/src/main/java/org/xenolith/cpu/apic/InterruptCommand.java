package org.xenolith.cpu.apic;

/**
 * What a write of the interrupt command register sends (SDM vol. 3A, 11.6.1 and 11.12.9). Messages
 * arrive at once: the delivery status always reads as idle. IPIs are edge-triggered whatever the
 * trigger mode says, as in all processors since the Pentium 4, and shorthands work with every
 * delivery mode.
 */
final class InterruptCommand {
    /** Bits of the low half that software sets. */
    static final int WRITABLE = 0x000ccfff;

    /** Bits of an x2APIC's that may be 1 in a WRMSR; the delivery status is ignored. */
    static final long ACCEPTED = 0xffffffff00000000L | WRITABLE | 1 << 12;

    private static final int LOGICAL = 1 << 11;
    private static final int ASSERT = 1 << 14;
    private static final int LEVEL = 1 << 15;
    private static final int SELF = 1;
    private static final int ALL = 2;
    private static final int OTHERS = 3;

    private InterruptCommand() {}

    /**
     * Sends.
     *
     * @param command the low half
     * @param destination 8 bits, or 32 from an x2APIC
     */
    static void send(LocalApic sender, ApicBus bus, int command, int destination, boolean x2apic) {
        DeliveryMode mode = DeliveryMode.of(command >> 8 & 7);
        if (mode == DeliveryMode.INIT && (command & (LEVEL | ASSERT)) == LEVEL) {
            return; // de-assert: synchronised arbitration IDs once, now means nothing
        }
        boolean logical = (command & LOGICAL) != 0;
        ApicMessage message =
                new ApicMessage(destination, x2apic, logical, mode, command & 0xff, false);
        switch (command >> 18 & 3) {
            case SELF -> bus.send(message, apic -> apic == sender);
            case ALL -> bus.send(message, LocalApic::enabled);
            case OTHERS -> bus.send(message, apic -> apic != sender && apic.enabled());
            default -> bus.send(message, apic -> apic.isMeant(message));
        }
    }
}
