package org.xenolith.devices.system;

import org.xenolith.cpu.bus.BusDevice;
import org.xenolith.devices.port.ByteDevice;

import java.nio.charset.StandardCharsets;

/** Single ports that reset the machine, switch it off or drive its A20 gate. */
public final class ResetPorts {
    /** Layout of {@link State}. */
    public static final int VERSION = 1;

    private static final byte[] SHUTDOWN = "Shutdown".getBytes(StandardCharsets.US_ASCII);
    private static final int FAST_RESET = 1;
    private static final int A20 = 2;
    private static final int RESET_CPU = 4;
    private static final int RESET_BITS = 0xe;

    /**
     * Complete state.
     *
     * @param matched letters of "Shutdown" that were written
     */
    public record State(int version, int controlA, int resetControl, int matched) {}

    private final SystemEvents events;
    private int controlA = A20;
    private int resetControl;
    private int matched;

    /**
     * @param events takes what the guest asks
     */
    public ResetPorts(SystemEvents events) {
        this.events = events;
    }

    /** System control port A (0x92): bit 1 is the A20 gate, a rising bit 0 a fast reset. */
    public BusDevice systemControlA() {
        return new ByteDevice() {
            @Override
            public int readByte(int offset) {
                return controlA;
            }

            @Override
            public void writeByte(int offset, int value) {
                boolean rising = (value & ~controlA & FAST_RESET) != 0;
                controlA = value;
                events.a20((value & A20) != 0);
                if (rising) {
                    events.reset();
                }
            }
        };
    }

    /** The reset control register of Intel's chipsets (0xcf9): a rising bit 2 resets. */
    public BusDevice resetControl() {
        return new ByteDevice() {
            @Override
            public int readByte(int offset) {
                return resetControl;
            }

            @Override
            public void writeByte(int offset, int value) {
                boolean rising = (value & ~resetControl & RESET_CPU) != 0;
                resetControl = value & RESET_BITS;
                if (rising) {
                    events.reset();
                }
            }
        };
    }

    /** Port 0x8900, where Bochs takes the word "Shutdown" letter by letter. */
    public BusDevice shutdown() {
        return new ByteDevice() {
            @Override
            public int readByte(int offset) {
                return 0xff;
            }

            @Override
            public void writeByte(int offset, int value) {
                boolean next = value == SHUTDOWN[matched];
                matched = next ? matched + 1 : value == SHUTDOWN[0] ? 1 : 0;
                if (matched == SHUTDOWN.length) {
                    matched = 0;
                    events.powerOff();
                }
            }
        };
    }

    /** The state, for {@link #restore}. */
    public State save() {
        return new State(VERSION, controlA, resetControl, matched);
    }

    /**
     * Takes a state on.
     *
     * @throws IllegalArgumentException if the version is unknown or the state impossible
     */
    public void restore(State state) {
        if (state.version() != VERSION
                || state.matched() < 0
                || state.matched() >= SHUTDOWN.length) {
            throw new IllegalArgumentException("reset port state version " + state.version());
        }
        controlA = state.controlA();
        resetControl = state.resetControl();
        matched = state.matched();
    }
}
