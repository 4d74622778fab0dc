package org.xenolith.devices.pci;

/**
 * Configuration space of the host bridge of Intel's 440FX (order 290549), device 0 of bus 0: the
 * header, whose command register is fixed but for SERR, and registers of the bridge's own, which
 * keep what is written but control nothing here.
 */
final class HostBridge extends ConfigSpace {
    private static final int SIZE = 256;
    private static final int SERR = 1 << 8;
    private static final int FIRST_OWN = 0x40;

    HostBridge() {
        register(0, 0x1237_8086, 0); // device and vendor
        register(COMMAND, 0x0280_0006, SERR); // memory and bus master on; medium timing
        register(8, 0x0600_0002, 0); // class host bridge, revision 2
        for (int at = FIRST_OWN; at < SIZE; at += 4) {
            register(at, 0, -1);
        }
    }
}
