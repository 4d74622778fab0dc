package org.xenolith.cpu.apic;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Carries interrupt messages to the local APICs of a machine, and the end of level-triggered
 * interrupts to its I/O APICs. Everything happens at once, in the order of the APIC IDs.
 */
public final class ApicBus {
    /** Delivery modes (SDM vol. 3A, 11.6.1). */
    public static final int FIXED = 0;

    public static final int LOWEST_PRIORITY = 1;
    public static final int SMI = 2;
    public static final int NMI = 4;
    public static final int INIT = 5;
    public static final int STARTUP = 6;
    public static final int EXTINT = 7;

    /** Destination of every APIC. */
    static final int BROADCAST = -1;

    private final List<LocalApic> apics = new ArrayList<>();
    private final List<IntConsumer> endOfInterrupt = new ArrayList<>();

    /** Adds a local APIC; call in the order of the APIC IDs. */
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
     * Delivers a message.
     *
     * @param destination APIC ID, or logical destination; 8 or 32 bits wide
     * @param logical whether it is a logical destination
     * @param mode delivery mode: {@link #FIXED} and so on
     * @param vector 0 to 255
     * @param level whether the interrupt is level-triggered
     * @return whether any APIC was meant
     */
    public boolean deliver(int destination, boolean logical, int mode, int vector, boolean level) {
        boolean found = false;
        LocalApic lowest = null;
        for (LocalApic apic : apics) {
            if (!apic.isMeant(destination, logical)) {
                continue;
            }
            found = true;
            if (mode != LOWEST_PRIORITY) {
                apic.receive(mode, vector, level);
            } else if (apic.softwareEnabled()
                    && (lowest == null || apic.processorPriority() < lowest.processorPriority())) {
                lowest = apic;
            }
        }
        if (lowest != null) {
            lowest.receive(FIXED, vector, level);
        }
        return found;
    }

    /** Delivers to all APICs, but for {@code except}, which may be null. */
    void deliverToAll(LocalApic except, int mode, int vector) {
        for (LocalApic apic : apics) {
            if (apic != except) {
                apic.receive(mode == LOWEST_PRIORITY ? FIXED : mode, vector, false);
            }
        }
    }
}
