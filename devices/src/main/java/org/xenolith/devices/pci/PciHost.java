package org.xenolith.devices.pci;

import org.xenolith.cpu.bus.BusDevice;

import java.util.Map;
import java.util.TreeMap;

/**
 * PCI configuration mechanism 1 (PCI 3.0, 3.2.2.3.2) and bus 0: address at offset 0, data at
 * offsets 4 to 7 (ports 0xcf8 and 0xcfc). The bus begins with the host bridge at device 0. Only a
 * whole doubleword at offset 0 reaches the address register. Where there is no function, reads give
 * ones.
 */
public final class PciHost implements BusDevice {
    /** Layout of {@link State}. */
    public static final int VERSION = 1;

    private static final int ENABLE = 1 << 31;
    private static final int DATA = 4;
    private static final int ADDRESS_BITS = ENABLE | 0xffffff;
    private static final int FUNCTIONS = 256;

    /**
     * Complete state.
     *
     * @param functions configuration spaces by device * 8 + function
     */
    public record State(int version, int address, Map<Integer, byte[]> functions) {}

    private final TreeMap<Integer, PciFunction> functions = new TreeMap<>();
    private int address;

    /** A bus with the host bridge only. */
    public PciHost() {
        add(0, 0, new HostBridge());
    }

    /**
     * Plugs a function in.
     *
     * @param device 0 to 31
     * @param function 0 to 7
     * @throws IllegalArgumentException if the place is taken or does not exist
     */
    public void add(int device, int function, PciFunction plugged) {
        int place = device * 8 + function;
        if (device < 0 || function < 0 || function > 7 || place >= FUNCTIONS) {
            throw new IllegalArgumentException("PCI device %d.%d".formatted(device, function));
        }
        if (functions.putIfAbsent(place, plugged) != null) {
            throw new IllegalArgumentException("PCI %d.%d is taken".formatted(device, function));
        }
    }

    /** The function that is addressed, or null. */
    private PciFunction selected() {
        boolean busZero = (address >> 16 & 0xff) == 0;
        return (address & ENABLE) != 0 && busZero ? functions.get(address >> 8 & 0xff) : null;
    }

    /** Register of an access; the address register's two low bits count as well. */
    private int register(long offset) {
        return address & 0xff | (int) offset & 3;
    }

    @Override
    public long read(long offset, int size) {
        if (offset < DATA) {
            return offset + size <= DATA ? (address & 0xffffffffL) >>> 8 * offset : -1;
        }
        PciFunction function = selected();
        if (function == null) {
            return -1;
        }
        int register = register(offset);
        if (size <= 4 && (register & size - 1) == 0) {
            return function.read(register, size);
        }
        long value = 0;
        for (int i = size - 1; i >= 0; i--) {
            value = value << 8 | function.read(register + i & 0xff, 1) & 0xff;
        }
        return value;
    }

    @Override
    public void write(long offset, int size, long value) {
        if (offset < DATA) {
            if (offset == 0 && size == 4) {
                address = (int) value & ADDRESS_BITS;
            }
            return;
        }
        PciFunction function = selected();
        if (function == null) {
            return;
        }
        int register = register(offset);
        if (size <= 4 && (register & size - 1) == 0) {
            function.write(register, size, (int) value);
        } else {
            for (int i = 0; i < size; i++) {
                function.write(register + i & 0xff, 1, (int) (value >>> 8 * i) & 0xff);
            }
        }
    }

    /** The state, for {@link #restore}. */
    public State save() {
        TreeMap<Integer, byte[]> spaces = new TreeMap<>();
        functions.forEach((place, function) -> spaces.put(place, function.save()));
        return new State(VERSION, address, spaces);
    }

    /**
     * Takes a state on.
     *
     * @throws IllegalArgumentException if the version is unknown or other functions are plugged in
     */
    public void restore(State state) {
        if (state.version() != VERSION || !functions.keySet().equals(state.functions().keySet())) {
            throw new IllegalArgumentException("PCI state version " + state.version());
        }
        address = state.address();
        functions.forEach((place, function) -> function.restore(state.functions().get(place)));
    }
}
