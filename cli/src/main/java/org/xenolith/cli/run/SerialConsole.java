package org.xenolith.cli.run;

import org.xenolith.devices.serial.Uart16550;
import org.xenolith.xen.guest.Guest;

/**
 * The consoles of an HVM domain: input goes to COM1 while a driver listens there or polls it, and
 * else to the PV console.
 */
record SerialConsole(Guest guest, Uart16550 com1) implements ConsoleGuest {
    /** Looks at an empty COM1 in a row after which the guest is taken to wait for input. */
    private static final int POLLS = 16;

    private boolean serial() {
        return com1.listens() || polls();
    }

    @Override
    public int inputSpace() {
        return serial() ? com1.space() : guest.inputSpace();
    }

    @Override
    public boolean polls() {
        return com1.idleReads() > POLLS;
    }

    @Override
    public void offerInput(byte[] data, int offset, int length) {
        if (!serial()) {
            guest.offerInput(data, offset, length);
            return;
        }
        for (int i = 0; i < length; i++) {
            com1.receive(data[offset + i]);
        }
    }

    @Override
    public long bytesWritten() {
        return guest.bytesWritten();
    }

    @Override
    public boolean requestShutdown() {
        return guest.requestShutdown();
    }
}
