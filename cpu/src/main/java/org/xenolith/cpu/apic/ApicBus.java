package org.xenolith.cpu.apic;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.Predicate;

/**
 * Carries interrupt messages to the local APICs of a machine, and the ends of level-triggered
 * interrupts to its I/O APICs. Everything happens at once, in the order in which the APICs were
 * made; lowest-priority arbitration takes the first of those with the lowest processor priority.
 */
public final class ApicBus {
    private static final Logger LOG = LoggerFactory.getLogger(ApicBus.class);
    private static final int EXTENDED_DESTINATION = 0xffffff00;

    private final List<LocalApic> apics = new ArrayList<>();
    private final List<IntConsumer> endOfInterrupt = new ArrayList<>();
    private boolean reported;

    /** A bus without APICs; each {@link LocalApic} attaches itself. */
    public ApicBus() {}

    void attach(LocalApic apic) {
        apics.add(apic);
    }

    /** Has a listener told the vector of each level-triggered interrupt that ends (EOI message). */
    public void onEndOfInterrupt(IntConsumer listener) {
        endOfInterrupt.add(listener);
    }

    void endOfInterrupt(int vector) {
        for (IntConsumer listener : endOfInterrupt) {
            listener.accept(vector);
        }
    }

    /**
     * Delivers the message of an I/O APIC or an MSI.
     *
     * @param destination APIC ID or logical destination: 8 bits, of which 0xff means every APIC; a
     *     value beyond 8 bits is taken as a 32-bit destination, as an x2APIC's would be
     * @param logical whether it is a logical destination
     * @param mode delivery mode as encoded: 0 fixed, 1 lowest priority, 2 SMI, 4 NMI, 5 INIT, 6
     *     start-up; others reach nobody
     * @param vector 0 to 255; illegal below 16 where it matters
     * @param level whether the interrupt is level-triggered
     * @return whether any APIC accepted it
     */
    public boolean deliver(int destination, boolean logical, int mode, int vector, boolean level) {
        boolean wide = (destination & EXTENDED_DESTINATION) != 0;
        ApicMessage message =
                new ApicMessage(
                        destination, wide, logical, DeliveryMode.of(mode), vector & 0xff, level);
        return send(message, apic -> apic.isMeant(message));
    }

    /** Delivers a message to those APICs that {@code meant} names. */
    boolean send(ApicMessage message, Predicate<LocalApic> meant) {
        if (message.mode() == DeliveryMode.RESERVED || message.mode() == DeliveryMode.EXTINT) {
            report(message);
            return false;
        }
        boolean accepted = false;
        LocalApic lowest = null;
        for (LocalApic apic : apics) {
            if (!meant.test(apic)) {
                continue;
            }
            if (message.mode() != DeliveryMode.LOWEST_PRIORITY) {
                accepted |= apic.receive(message.mode(), message.vector(), message.level());
            } else if (apic.softwareEnabled()
                    && (lowest == null || apic.processorPriority() < lowest.processorPriority())) {
                lowest = apic;
            }
        }
        return lowest != null
                ? lowest.receive(DeliveryMode.FIXED, message.vector(), message.level())
                : accepted;
    }

    private void report(ApicMessage message) {
        if (!reported) {
            reported = true;
            LOG.info("interrupt message with delivery mode {} reaches nobody", message.mode());
        }
    }
}
