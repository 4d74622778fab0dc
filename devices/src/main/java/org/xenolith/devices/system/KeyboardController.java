package org.xenolith.devices.system;

import org.xenolith.cpu.bus.BusDevice;
import org.xenolith.devices.port.ByteDevice;

/**
 * An 8042 with nothing plugged in: self-test, command byte, internal memory, A20 gate and reset
 * line work; the tests of the keyboard and mouse ports report a stuck clock line, and a byte sent
 * to either device times out. Two ports: {@link #data} (0x60) and {@link #control} (0x64).
 */
public final class KeyboardController {
    /** Layout of {@link State}. */
    public static final int VERSION = 1;

    private static final int OUTPUT_FULL = 1;
    private static final int SYSTEM_FLAG = 4;
    private static final int COMMAND_LAST = 8;
    private static final int NOT_LOCKED = 0x10;
    private static final int MOUSE_DATA = 0x20;
    private static final int TIME_OUT = 0x40;
    private static final int RESEND = 0xfe;
    private static final int CLOCK_STUCK_HIGH = 2;
    private static final int NO_DATA = -1;
    private static final int A20 = 2;
    private static final int NOT_RESET = 1;

    /**
     * Complete state.
     *
     * @param memory internal RAM; byte 0 is the command byte
     * @param output what waits to be read, or -1
     * @param flags status bits that belong to the output
     * @param awaited command that awaits its operand, or -1
     */
    public record State(
            int version,
            byte[] memory,
            int output,
            int flags,
            int lastRead,
            int outputPort,
            int awaited,
            boolean commandLast) {}

    private final SystemEvents events;
    private final byte[] memory = new byte[32];
    private int output = NO_DATA;
    private int flags;
    private int lastRead;
    private int outputPort = 0xcf;
    private int awaited = -1;
    private boolean commandLast;

    /**
     * @param events takes the A20 gate and the reset line
     */
    public KeyboardController(SystemEvents events) {
        this.events = events;
        memory[0] = 0x65; // system flag, translation, mouse disabled, keyboard interrupt
    }

    /** The data port. */
    public BusDevice data() {
        return new ByteDevice() {
            @Override
            public int readByte(int offset) {
                if (output != NO_DATA) {
                    lastRead = output;
                    output = NO_DATA;
                    flags = 0;
                }
                return lastRead;
            }

            @Override
            public void writeByte(int offset, int value) {
                commandLast = false;
                operand(value);
            }
        };
    }

    /** The command and status port. */
    public BusDevice control() {
        return new ByteDevice() {
            @Override
            public int readByte(int offset) {
                return (memory[0] & SYSTEM_FLAG)
                        | NOT_LOCKED
                        | flags
                        | (output != NO_DATA ? OUTPUT_FULL : 0)
                        | (commandLast ? COMMAND_LAST : 0);
            }

            @Override
            public void writeByte(int offset, int value) {
                commandLast = true;
                command(value);
            }
        };
    }

    private void answer(int value, int status) {
        output = value;
        flags = status;
    }

    private void operand(int value) {
        int command = awaited;
        awaited = -1;
        switch (command) {
            case 0xd1 -> writeOutputPort(value);
            case 0xd2 -> answer(value, 0);
            case 0xd3 -> answer(value, MOUSE_DATA);
            case 0xd4 -> answer(RESEND, MOUSE_DATA | TIME_OUT);
            default -> {
                if (command >= 0x60 && command < 0x80) {
                    memory[command & 31] = (byte) value;
                } else {
                    memory[0] &= ~0x10; // sending enables the keyboard
                    answer(RESEND, TIME_OUT);
                }
            }
        }
    }

    private void command(int v) {
        awaited = -1;
        switch (v) {
            case 0xd1, 0xd2, 0xd3, 0xd4 -> awaited = v;
            case 0xa7 -> memory[0] |= 0x20;
            case 0xa8 -> memory[0] &= ~0x20;
            case 0xa9, 0xab -> answer(CLOCK_STUCK_HIGH, 0);
            case 0xaa -> {
                memory[0] |= SYSTEM_FLAG;
                answer(0x55, 0);
            }
            case 0xad -> memory[0] |= 0x10;
            case 0xae -> memory[0] &= ~0x10;
            case 0xc0 -> answer(0x80, 0); // input port: keyboard not inhibited
            case 0xd0 -> answer(outputPort | (output != NO_DATA ? 0x10 : 0), 0);
            case 0xdd -> writeOutputPort(outputPort & ~A20);
            case 0xdf -> writeOutputPort(outputPort | A20);
            default -> {
                if (v >= 0x20 && v < 0x40) {
                    answer(memory[v & 31] & 0xff, 0);
                } else if (v >= 0x60 && v < 0x80) {
                    awaited = v;
                } else if (v >= 0xf0 && (v & NOT_RESET) == 0) {
                    events.reset(); // pulses the lines whose bits are clear
                }
            }
        }
    }

    private void writeOutputPort(int v) {
        outputPort = v | NOT_RESET;
        events.a20((v & A20) != 0);
        if ((v & NOT_RESET) == 0) {
            events.reset();
        }
    }

    /** The state, for {@link #restore}. */
    public State save() {
        return new State(
                VERSION, memory.clone(), output, flags, lastRead, outputPort, awaited, commandLast);
    }

    /**
     * Takes a state on.
     *
     * @throws IllegalArgumentException if the version or the size is unknown
     */
    public void restore(State state) {
        if (state.version() != VERSION || state.memory().length != memory.length) {
            throw new IllegalArgumentException("8042 state version " + state.version());
        }
        System.arraycopy(state.memory(), 0, memory, 0, memory.length);
        output = state.output();
        flags = state.flags();
        lastRead = state.lastRead();
        outputPort = state.outputPort();
        awaited = state.awaited();
        commandLast = state.commandLast();
    }
}
