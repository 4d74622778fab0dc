package org.xenolith.hvm.vcpu;

import org.xenolith.xen.hypercall.Errno;

/**
 * How a domain without vectors of its own for each processor hears of events:
 * HVM_PARAM_CALLBACK_IRQ (public/hvm/params.h). An interrupt line is high while the first processor
 * has an upcall pending.
 */
public final class CallbackVia {
    private static final int TYPE_SHIFT = 56;
    private static final int TYPE_GSI = 0;
    private static final int TYPE_PCI = 1;
    private static final int TYPE_VECTOR = 2;
    private static final int FIRST_VECTOR = 0x10;
    private static final int NONE = -1;

    private final Line line;
    private int gsi = NONE;
    private int vector = NONE;
    private boolean high;

    /** Where an interrupt line of the domain's board arrives. */
    public interface Line {
        /**
         * Drives a line.
         *
         * @param gsi global system interrupt
         */
        void drive(int gsi, boolean high);

        /**
         * The line of a PCI function's pin.
         *
         * @param device 0 to 31
         * @param pin 0 (INTA) to 3
         * @return the global system interrupt, or -1 where there is no such bus
         */
        int ofPci(int device, int pin);
    }

    /** None yet. */
    public CallbackVia(Line line) {
        this.line = line;
    }

    /** Sets the parameter; returns 0 or -EINVAL. */
    public int set(long value) {
        int newGsi = NONE;
        int newVector = NONE;
        switch ((int) (value >>> TYPE_SHIFT)) {
            case TYPE_GSI -> newGsi = value == 0 ? NONE : (int) value & 0xff;
            case TYPE_PCI -> {
                newGsi = line.ofPci((int) (value >> 11) & 31, (int) value & 3);
                if (newGsi < 0) {
                    return -Errno.EINVAL;
                }
            }
            case TYPE_VECTOR -> {
                newVector = (int) value & 0xff;
                if (newVector < FIRST_VECTOR) {
                    return -Errno.EINVAL;
                }
            }
            default -> {
                return -Errno.EINVAL;
            }
        }
        update(false);
        gsi = newGsi;
        vector = newVector;
        return 0;
    }

    /** The vector that is injected while an upcall is pending, or -1. */
    int vector() {
        return vector;
    }

    /** Whether an interrupt line is the way. */
    boolean byLine() {
        return gsi >= 0;
    }

    /** Drives the interrupt line, if that is the way. */
    void update(boolean pending) {
        if (gsi >= 0 && pending != high) {
            high = pending;
            line.drive(gsi, pending);
        }
    }
}
