package org.xenolith.devices.pci;

import org.xenolith.cpu.bus.InterruptLine;

import java.util.function.IntFunction;

/**
 * The PCI-to-ISA bridge of Intel's 82371SB (PIIX3, order 290550), function 0: its interrupt router
 * connects PCI's inputs A to D to ISA interrupts by registers 0x60 to 0x63. An ISA interrupt is
 * high while any input that leads there is.
 */
public final class IsaBridge extends ConfigSpace {
    private static final int ROUTES_AT = 0x60;
    private static final int ROUTES = 4;
    private static final int DISABLED = 0x80;
    private static final int IRQS = 16;

    /** The interrupts that the router can reach: not 0, 1, 2, 8 and 13. */
    private static final int REACHABLE = 0xdef8;

    private final IntFunction<InterruptLine> irqs;
    private int inputs;
    private int driven;

    /**
     * @param irqs lines by their ISA number
     */
    public IsaBridge(IntFunction<InterruptLine> irqs) {
        this.irqs = irqs;
        register(0, 0x7000_8086, 0);
        register(COMMAND, 0x0200_0007, 0);
        register(8, 0x0601_0000, 0); // class ISA bridge
        register(0xc, 0x0080_0000, 0); // of several functions
        register(ROUTES_AT, 0x8080_8080, 0x8f8f_8f8f);
    }

    /** Routes inputs A to D to ISA interrupts, as firmware does. */
    public void route(int... numbers) {
        for (int i = 0; i < ROUTES; i++) {
            write(ROUTES_AT + i, 1, numbers[i]);
        }
    }

    /** Drives an input of the router, 0 (A) to 3 (D). */
    public void input(int number, boolean high) {
        int bit = 1 << (number & ROUTES - 1);
        inputs = high ? inputs | bit : inputs & ~bit;
        drive();
    }

    @Override
    protected void changed(int from, int to) {
        if (to > ROUTES_AT && from < ROUTES_AT + ROUTES) {
            drive();
        }
    }

    private void drive() {
        int wanted = 0;
        for (int i = 0; i < ROUTES; i++) {
            int route = read(ROUTES_AT + i, 1);
            if ((inputs >> i & 1) != 0 && (route & DISABLED) == 0) {
                wanted |= 1 << (route & 15) & REACHABLE;
            }
        }
        int differing = wanted ^ driven;
        driven = wanted;
        for (int irq = 0; irq < IRQS; irq++) {
            if ((differing >> irq & 1) != 0) {
                irqs.apply(irq).set((wanted >> irq & 1) != 0);
            }
        }
    }
}
