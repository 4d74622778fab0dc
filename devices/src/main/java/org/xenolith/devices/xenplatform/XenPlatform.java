package org.xenolith.devices.xenplatform;

import org.xenolith.cpu.bus.AddressSpace;
import org.xenolith.cpu.bus.BusDevice;
import org.xenolith.devices.pci.ConfigSpace;

/**
 * PCI function 5853:0001: 256 ports, whose first bytes are a debug console, and 16 MiB of memory
 * that guests map their shared pages over, where nothing is but them. Both answer where the base
 * address registers put them, while the command register lets them.
 */
public final class XenPlatform extends ConfigSpace {
    /** The device on the bus where Xen's device model has it. */
    public static final int DEVICE = 2;

    private static final int PORTS = 256;
    private static final int MEMORY = 16 << 20;
    private static final int PORT_ENABLE = 1;
    private static final int MEMORY_ENABLE = 2;
    private static final int BAR_1 = BAR_0 + 4;
    private static final int PORT_BITS = 1;
    private static final int PREFETCHABLE = 8;
    private static final int UNMAPPED = -1;

    /** Reads give ones: there is nothing. */
    private static final BusDevice NOTHING =
            new BusDevice() {
                @Override
                public long read(long offset, int size) {
                    return -1;
                }

                @Override
                public void write(long offset, int size, long value) {
                    // goes nowhere
                }
            };

    private final AddressSpace ports;
    private final AddressSpace memory;
    private final BusDevice console;
    private long portsAt = UNMAPPED;
    private long memoryAt = UNMAPPED;

    /**
     * @param ports where it maps its ports
     * @param memory where it maps its memory
     * @param console what is at its ports, a device of bytes
     */
    public XenPlatform(AddressSpace ports, AddressSpace memory, BusDevice console) {
        this.ports = ports;
        this.memory = memory;
        this.console = console;
        register(0, 0x0001_5853, 0);
        register(COMMAND, 0, PORT_ENABLE | MEMORY_ENABLE | 4);
        register(8, 0xff80_0001, 0); // class unassigned, revision 1
        register(BAR_0, PORT_BITS, -PORTS & 0xffff);
        register(BAR_1, PREFETCHABLE, -MEMORY);
        register(0x2c, 0x0001_5853, 0);
        register(INTERRUPT_LINE, 0x0000_0100, 0xff); // pin A
    }

    /**
     * Puts it where firmware does, and lets it answer.
     *
     * @param portBase a multiple of 256
     * @param memoryBase a multiple of 16 MiB, unsigned
     * @param irq the ISA interrupt that its pin raises
     */
    public void place(int portBase, int memoryBase, int irq) {
        write(BAR_0, 4, portBase);
        write(BAR_1, 4, memoryBase);
        write(INTERRUPT_LINE, 1, irq);
        write(COMMAND, 2, PORT_ENABLE | MEMORY_ENABLE);
    }

    @Override
    protected void changed(int from, int to) {
        if (to > COMMAND && from < BAR_1 + 4) {
            portsAt = move(ports, portsAt, wanted(PORT_ENABLE, BAR_0), PORTS, console);
            memoryAt = move(memory, memoryAt, wanted(MEMORY_ENABLE, BAR_1), MEMORY, NOTHING);
        }
    }

    private long wanted(int enable, int bar) {
        long base = register(bar) & 0xfffffff0L;
        return (register(COMMAND) & enable) != 0 && base != 0 ? base : UNMAPPED;
    }

    /** Moves a range; gives where it is: nowhere if other devices have the place. */
    private static long move(AddressSpace space, long from, long to, int length, BusDevice device) {
        if (from == to) {
            return from;
        }
        if (from != UNMAPPED) {
            space.unmap(from);
        }
        if (to == UNMAPPED) {
            return UNMAPPED;
        }
        try {
            space.map(to, length, device);
            return to;
        } catch (IllegalArgumentException taken) {
            return UNMAPPED;
        }
    }

    /** Where its ports are, -1 if they are not mapped. */
    public long portBase() {
        return portsAt;
    }

    /** Where its memory is, -1 if it is not mapped. */
    public long memoryBase() {
        return memoryAt;
    }
}
