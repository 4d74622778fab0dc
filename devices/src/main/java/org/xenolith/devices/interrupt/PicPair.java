package org.xenolith.devices.interrupt;

import org.xenolith.cpu.bus.BusDevice;
import org.xenolith.cpu.bus.InterruptLine;

/** The two 8259As of a PC, with the edge/level control registers of the chipset. */
public final class PicPair {
    private static final int CASCADE = 2;

    /** IRQ 0, 1, 2, 8 and 13 are always edge-triggered. */
    private static final int LEVEL_ALLOWED = 0xdef8;

    private final Pic8259 master;
    private final Pic8259 slave;

    /**
     * @param output INTR
     */
    public PicPair(InterruptLine output) {
        master = new Pic8259(output, CASCADE);
        slave = new Pic8259(high -> cascade(high), -1);
    }

    private void cascade(boolean high) {
        master.input(CASCADE, high);
    }

    /** The first 8259A, at ports 0x20 and 0x21. */
    public BusDevice master() {
        return master;
    }

    /** The second, at ports 0xa0 and 0xa1. */
    public BusDevice slave() {
        return slave;
    }

    /** The edge/level control registers, ports 0x4d0 and 0x4d1. */
    public BusDevice edgeLevelControl() {
        return new BusDevice() {
            @Override
            public long read(long offset, int size) {
                return offset == 0 ? master.elcr() : slave.elcr();
            }

            @Override
            public void write(long offset, int size, long value) {
                if (offset == 0) {
                    master.setElcr((int) value & LEVEL_ALLOWED & 0xff);
                } else {
                    slave.setElcr((int) value & LEVEL_ALLOWED >> 8);
                }
            }
        };
    }

    /** Drives IRQ 0 to 15. */
    public void irq(int number, boolean high) {
        if (number < 8) {
            master.input(number, high);
        } else {
            slave.input(number - 8, high);
        }
    }

    /** The two INTA cycles: the vector, IRQ 7's or IRQ 15's if the request has gone. */
    public int acknowledge() {
        int input = master.acknowledge();
        if (input == CASCADE && !master.spurious) {
            return slave.vector(slave.acknowledge());
        }
        return master.vector(input);
    }
}
