package org.xenolith.devices.interrupt;

import org.xenolith.cpu.bus.BusDevice;
import org.xenolith.cpu.bus.InterruptLine;
import org.xenolith.devices.port.ByteDevice;

/** The two 8259As of a PC, with the edge/level control registers of the chipset. */
public final class PicPair {
    /** Layout of {@link State}. */
    public static final int VERSION = 1;

    private static final int CASCADE = 2;

    /** IRQ 0, 1, 2, 8 and 13 are always edge-triggered. */
    private static final int LEVEL_ALLOWED = 0xdef8;

    /** Complete state. */
    public record State(int version, Pic8259.State master, Pic8259.State slave) {}

    private final Pic8259 master;
    private final Pic8259 slave;

    /**
     * @param output INTR
     */
    public PicPair(InterruptLine output) {
        master = new Pic8259(output, CASCADE);
        slave = new Pic8259(this::cascade, -1);
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
        return new ByteDevice() {
            @Override
            public int readByte(int offset) {
                return offset == 0 ? master.elcr() : slave.elcr();
            }

            @Override
            public void writeByte(int offset, int value) {
                if (offset == 0) {
                    master.setElcr(value & LEVEL_ALLOWED & 0xff);
                } else {
                    slave.setElcr(value & LEVEL_ALLOWED >> 8);
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

    /** The state, for {@link #restore}. */
    public State save() {
        return new State(VERSION, master.save(), slave.save());
    }

    /**
     * Takes a state on and drives INTR accordingly.
     *
     * @throws IllegalArgumentException if the version is unknown
     */
    public void restore(State state) {
        if (state.version() != VERSION) {
            throw new IllegalArgumentException("8259A state version " + state.version());
        }
        slave.restore(state.slave());
        master.restore(state.master());
    }
}
