package org.xenolith.devices.pci;

/**
 * The power management function of Intel's 82371AB (PIIX4, order 290562), function 3. Its registers
 * say where the ports of power management and of the SMBus are; firmware has put them there, and
 * the board does not move them.
 */
public final class PowerManagement extends ConfigSpace {
    private static final int PORTS_AT = 0x40;
    private static final int PORTS_ENABLE_AT = 0x80;

    /**
     * @param ports first port of power management
     */
    public PowerManagement(int ports) {
        register(0, 0x7113_8086, 0);
        register(COMMAND, 0x0280_0001, 0);
        register(8, 0x0680_0003, 0); // class bridge, other
        register(INTERRUPT_LINE, 0x0000_0109, 0xff); // pin A, which is the SCI
        register(PORTS_AT, ports | 1, 0);
        register(PORTS_ENABLE_AT, 1, 0);
    }
}
