package org.xenolith.cli.run;

import org.xenolith.xen.guest.Guest;

/** The PV console of a domain. */
record RingConsole(Guest guest) implements ConsoleGuest {
    @Override
    public int inputSpace() {
        return guest.inputSpace();
    }

    /** Its console is memory: whether anybody looks at it cannot be seen. */
    @Override
    public boolean polls() {
        return false;
    }

    @Override
    public void offerInput(byte[] data, int offset, int length) {
        guest.offerInput(data, offset, length);
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
