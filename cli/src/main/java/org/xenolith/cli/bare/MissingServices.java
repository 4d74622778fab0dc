package org.xenolith.cli.bare;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xenolith.cpu.bus.BusDevice;
import org.xenolith.firmware.boot.BiosArea;

import java.util.HashSet;
import java.util.Set;

/**
 * Says what a guest has asked of a BIOS that it does not have, each once: {@link
 * BiosArea#SERVICE_PORT} of a machine that starts without one.
 */
final class MissingServices implements BusDevice {
    private static final Logger LOG = LoggerFactory.getLogger(MissingServices.class);

    /** Functions that are named; a guest may ask for thousands. */
    private static final int MOST = 32;

    private final Set<Long> asked = new HashSet<>();

    @Override
    public long read(long offset, int size) {
        return -1;
    }

    @Override
    public void write(long offset, int size, long value) {
        if (size != 2 || asked.size() >= MOST || !asked.add(value)) {
            return;
        }
        int vector = (int) value & 0xff;
        LOG.warn(
                "the guest asks a BIOS for {}, INT {}h with AH={}h; this machine has none, so the"
                        + " call fails",
                name(vector),
                Integer.toHexString(vector),
                "%02x".formatted(value >> 8));
    }

    private static String name(int vector) {
        return switch (vector) {
            case 0x10 -> "video output";
            case 0x11 -> "the list of equipment";
            case 0x12 -> "the size of memory";
            case 0x13 -> "a disk";
            case 0x14 -> "a serial port";
            case 0x15 -> "a system service";
            case 0x16 -> "the keyboard";
            case 0x17 -> "a printer";
            case 0x18, 0x19 -> "another boot";
            case 0x1a -> "the clock";
            default -> "a service";
        };
    }
}
