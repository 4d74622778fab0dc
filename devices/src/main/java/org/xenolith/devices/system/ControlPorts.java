package org.xenolith.devices.system;

import org.xenolith.cpu.bus.BusDevice;

/** Single ports that act on the whole machine. */
public final class ControlPorts {
    private static final byte[] SHUTDOWN =
            "Shutdown".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    private ControlPorts() {}

    /** System control port A (0x92): bit 1 is the A20 gate, bit 0 a fast reset. */
    public static BusDevice systemControlA(SystemEvents events) {
        return new BusDevice() {
            private int value = 2;

            @Override
            public long read(long offset, int size) {
                return value;
            }

            @Override
            public void write(long offset, int size, long written) {
                value = (int) written & 0xfe;
                events.a20((value & 2) != 0);
                if ((written & 1) != 0) {
                    events.reset();
                }
            }
        };
    }

    /** The reset control register of PCI chipsets (0xcf9): setting bit 2 resets. */
    public static BusDevice resetControl(SystemEvents events) {
        return new BusDevice() {
            private int value;

            @Override
            public long read(long offset, int size) {
                return value;
            }

            @Override
            public void write(long offset, int size, long written) {
                boolean rising = (written & 4) != 0 && (value & 4) == 0;
                value = (int) written & 0xe;
                if (rising) {
                    events.reset();
                }
            }
        };
    }

    /** Port 0x8900, where Bochs takes the word "Shutdown". */
    public static BusDevice shutdown(SystemEvents events) {
        return new BusDevice() {
            private int matched;

            @Override
            public long read(long offset, int size) {
                return -1;
            }

            @Override
            public void write(long offset, int size, long written) {
                boolean next = (byte) written == SHUTDOWN[matched];
                matched = next ? matched + 1 : (byte) written == SHUTDOWN[0] ? 1 : 0;
                if (matched == SHUTDOWN.length) {
                    matched = 0;
                    events.powerOff();
                }
            }
        };
    }

    /** The debug-exit port of QEMU's isa-debug-exit: a value v ends with status v * 2 + 1. */
    public static BusDevice debugExit(SystemEvents events) {
        return new BusDevice() {
            @Override
            public long read(long offset, int size) {
                return 0;
            }

            @Override
            public void write(long offset, int size, long written) {
                events.exit((int) written << 1 | 1);
            }
        };
    }

    /** A port whose bytes go to a sink, and that reads as a fixed value: 0xe9. */
    public static BusDevice debugConsole(org.xenolith.devices.serial.ByteSink sink) {
        return new BusDevice() {
            @Override
            public long read(long offset, int size) {
                return 0xe9;
            }

            @Override
            public void write(long offset, int size, long written) {
                for (int i = 0; i < size; i++) {
                    sink.accept((int) (written >> 8 * i) & 0xff);
                }
            }
        };
    }

    /**
     * A port that remembers what was written: the POST code at 0x80, which also serves as delay.
     */
    public static BusDevice latch(int bytes) {
        return new BusDevice() {
            private final byte[] values = new byte[bytes];

            @Override
            public long read(long offset, int size) {
                long value = 0;
                for (int i = size - 1; i >= 0; i--) {
                    value = value << 8 | values[(int) offset + i] & 0xff;
                }
                return value;
            }

            @Override
            public void write(long offset, int size, long written) {
                for (int i = 0; i < size; i++) {
                    values[(int) offset + i] = (byte) (written >> 8 * i);
                }
            }
        };
    }
}
