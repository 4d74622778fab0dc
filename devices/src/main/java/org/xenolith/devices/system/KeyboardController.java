package org.xenolith.devices.system;

import org.xenolith.cpu.bus.BusDevice;

/**
 * An 8042 with nothing plugged in: self-test, command byte, A20 gate and reset line work, the
 * keyboard and mouse ports answer that no device is there. Data at offset 0, command and status at
 * offset 4 (ports 0x60 and 0x64).
 */
public final class KeyboardController implements BusDevice {
    private static final int OUTPUT_FULL = 1;
    private static final int SYSTEM_FLAG = 4;
    private static final int TIME_OUT = 0x40;
    private static final int NOT_LOCKED = 0x10;

    private final SystemEvents events;
    private int commandByte = 0x65;
    private int output = -1;
    private int outputPort = 0xcf;
    private int awaited = -1;
    private boolean timedOut;

    public KeyboardController(SystemEvents events) {
        this.events = events;
    }

    @Override
    public long read(long offset, int size) {
        if (offset == 0) {
            int value = Math.max(0, output);
            output = -1;
            timedOut = false;
            return value;
        }
        if (offset == 4) {
            return SYSTEM_FLAG
                    | NOT_LOCKED
                    | (output >= 0 ? OUTPUT_FULL : 0)
                    | (timedOut ? TIME_OUT : 0);
        }
        return 0xff;
    }

    @Override
    public void write(long offset, int size, long value) {
        int v = (int) value & 0xff;
        if (offset == 4) {
            command(v);
        } else if (offset == 0) {
            int to = awaited;
            awaited = -1;
            switch (to) {
                case 0x60 -> commandByte = v;
                case 0xd1 -> writeOutputPort(v);
                case 0xd2 -> output = v;
                default -> {
                    output = 0xfe; // no device: the controller reports a time-out
                    timedOut = true;
                }
            }
        }
    }

    private void command(int v) {
        awaited = -1;
        switch (v) {
            case 0x20 -> output = commandByte;
            case 0x60, 0xd1, 0xd2, 0xd3, 0xd4 -> awaited = v;
            case 0xa7 -> commandByte |= 0x20;
            case 0xa8 -> commandByte &= ~0x20;
            case 0xa9, 0xab -> output = 2; // clock line stuck high: nothing is plugged in
            case 0xaa -> output = 0x55;
            case 0xad -> commandByte |= 0x10;
            case 0xae -> commandByte &= ~0x10;
            case 0xd0 -> output = outputPort;
            case 0xdd -> writeOutputPort(outputPort & ~2);
            case 0xdf -> writeOutputPort(outputPort | 2);
            default -> {
                if (v >= 0xf0 && (v & 1) == 0) {
                    events.reset(); // pulses the reset line
                }
            }
        }
    }

    private void writeOutputPort(int v) {
        outputPort = v | 1;
        events.a20((v & 2) != 0);
        if ((v & 1) == 0) {
            events.reset();
        }
    }
}
