package org.xenolith.devices.system;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xenolith.cpu.bus.BusDevice;
import org.xenolith.devices.port.ByteDevice;
import org.xenolith.devices.serial.ByteSink;

/** Ports through which programs speak to whoever develops them. */
public final class DebugPorts {
    private static final Logger LOG = LoggerFactory.getLogger(DebugPorts.class);

    /** A latch of the last POST code. Its only state is that byte. */
    public static final class PostPort implements ByteDevice {
        private final String name;
        private int code;

        private PostPort(String name) {
            this.name = name;
        }

        @Override
        public int readByte(int offset) {
            return code;
        }

        @Override
        public void writeByte(int offset, int value) {
            code = value;
            LOG.debug("POST code {} at {}", Integer.toHexString(value), name);
        }

        /** The code that was written last, 0 to 255. */
        public int code() {
            return code;
        }

        /** Takes a saved code on. */
        public void restore(int saved) {
            code = saved & 0xff;
        }
    }

    private DebugPorts() {}

    /**
     * A port that keeps the last POST code (0x80; 0x190 where test386.asm wants it).
     *
     * @param name for messages
     */
    public static PostPort post(String name) {
        return new PostPort(name);
    }

    /**
     * QEMU's isa-debug-exit: a value v, at any offset and of any size, ends the machine with status
     * v * 2 + 1; a process shows the low 8 bits of it.
     */
    public static BusDevice exit(SystemEvents events) {
        return new BusDevice() {
            @Override
            public long read(long offset, int size) {
                return 0;
            }

            @Override
            public void write(long offset, int size, long value) {
                events.exit((int) value << 1 | 1);
            }
        };
    }

    /** The debug console at 0xe9: bytes go to a sink; it reads as 0xe9, so that guests find it. */
    public static BusDevice console(ByteSink sink) {
        return new ByteDevice() {
            @Override
            public int readByte(int offset) {
                return 0xe9;
            }

            @Override
            public void writeByte(int offset, int value) {
                sink.accept(value);
            }
        };
    }
}
