package org.xenolith.devices.interrupt;

import org.xenolith.cpu.bus.BusDevice;

import java.util.Arrays;

/**
 * An I/O APIC (Intel 82093AA, order 290566; version 0x20 with an EOI register). 24 inputs, or 48 as
 * domains of Xen have; registers behind a select register at 0 and a window at 0x10.
 */
public final class IoApic implements BusDevice {
    /** Inputs of the chip. */
    public static final int PINS = 24;

    /** Inputs of the one that domains of Xen have. */
    public static final int WIDE_PINS = 48;

    /** Layout of {@link State}. */
    public static final int VERSION = 1;

    /**
     * Complete state.
     *
     * @param entries redirection table
     * @param levels inputs that are high, bit by bit
     */
    public record State(int version, long[] entries, long levels, int select, int id) {}

    private static final int WINDOW = 0x10;
    private static final int EOI = 0x40;
    private static final long REMOTE_IRR = 1 << 14;
    private static final long STATUS = 1 << 12;
    private static final long LEVEL = 1 << 15;
    private static final long MASKED = 1 << 16;
    private static final long READ_ONLY = STATUS | REMOTE_IRR;
    private static final long ENTRY_BITS = 0xff0000000001ffffL;
    private static final int FIXED = 0;
    private static final int LOWEST_PRIORITY = 1;
    private static final int EXTINT = 7;

    /** Where its messages go. */
    @FunctionalInterface
    public interface Messages {
        /** Delivers an interrupt message; the parameters are those of {@code ApicBus.deliver}. */
        boolean deliver(int destination, boolean logical, int mode, int vector, boolean level);
    }

    private final Messages bus;
    private final long[] entries;
    private long levels;
    private int select;
    private int id;

    /**
     * @param bus takes its interrupt messages
     */
    public IoApic(Messages bus) {
        this(bus, PINS);
    }

    private IoApic(Messages bus, int pins) {
        this.bus = bus;
        entries = new long[pins];
        Arrays.fill(entries, MASKED);
    }

    /** One with {@link #WIDE_PINS} inputs. */
    public static IoApic wide(Messages bus) {
        return new IoApic(bus, WIDE_PINS);
    }

    /** Drives an input by its number from 0; a number that there is not is let be. */
    public void pin(int number, boolean high) {
        if (number < 0 || number >= entries.length) {
            return;
        }
        long bit = 1L << number;
        boolean rising = high && (levels & bit) == 0;
        levels = high ? levels | bit : levels & ~bit;
        if ((entries[number] & LEVEL) != 0) {
            service(number);
        } else if (rising && (entries[number] & MASKED) == 0) {
            send(number);
        }
    }

    /** Sends a level-triggered input's interrupt if it is due. */
    private void service(int pin) {
        long entry = entries[pin];
        boolean due = (entry & (LEVEL | MASKED | REMOTE_IRR)) == LEVEL;
        if (due && (levels >> pin & 1) != 0 && send(pin)) {
            int mode = (int) (entry >> 8) & 7;
            if (mode == FIXED || mode == LOWEST_PRIORITY) {
                entries[pin] |= REMOTE_IRR;
            }
        }
    }

    private boolean send(int pin) {
        long entry = entries[pin];
        int mode = (int) (entry >> 8) & 7;
        if (mode == EXTINT) {
            return false; // the 8259s reach the processor through LINT0
        }
        boolean logical = (entry & 1 << 11) != 0;
        boolean level = (entry & LEVEL) != 0;
        return bus.deliver((int) (entry >>> 56), logical, mode, (int) entry & 0xff, level);
    }

    /** An EOI message: a level-triggered interrupt with this vector has ended. */
    public void endOfInterrupt(int vector) {
        for (int pin = 0; pin < entries.length; pin++) {
            long entry = entries[pin];
            if ((entry & LEVEL) != 0 && (entry & 0xff) == vector && (entry & REMOTE_IRR) != 0) {
                entries[pin] &= ~REMOTE_IRR;
                service(pin);
            }
        }
    }

    @Override
    public long read(long offset, int size) {
        if (offset == 0) {
            return select;
        }
        return offset == WINDOW ? readRegister() & 0xffffffffL : 0;
    }

    private long readRegister() {
        return switch (select) {
            case 0, 2 -> (long) id << 24;
            case 1 -> (entries.length - 1) << 16 | 0x20;
            default -> {
                int pin = select - 16 >> 1;
                if (select < 16 || pin >= entries.length) {
                    yield 0;
                }
                yield (select & 1) == 0 ? entries[pin] : entries[pin] >>> 32;
            }
        };
    }

    @Override
    public void write(long offset, int size, long value) {
        switch ((int) offset) {
            case 0 -> select = (int) value & 0xff;
            case WINDOW -> writeRegister(value);
            case EOI -> endOfInterrupt((int) value & 0xff);
            default -> {
                // reserved
            }
        }
    }

    private void writeRegister(long value) {
        int pin = select - 16 >> 1;
        if (select == 0) {
            id = (int) (value >> 24) & 15;
        } else if (select >= 16 && pin < entries.length) {
            long old = entries[pin];
            long written =
                    (select & 1) == 0
                            ? old & 0xffffffff00000000L | value & 0xffffffffL
                            : old & 0xffffffffL | value << 32;
            long entry = written & ENTRY_BITS & ~READ_ONLY | old & READ_ONLY;
            if ((entry & LEVEL) == 0) {
                entry &= ~REMOTE_IRR;
            }
            entries[pin] = entry;
            service(pin);
        }
    }

    /** The state, for {@link #restore}. */
    public State save() {
        return new State(VERSION, entries.clone(), levels, select, id);
    }

    /**
     * Takes a state on; no message is sent, as those of the saved machine were.
     *
     * @throws IllegalArgumentException if the version or the number of inputs is unknown
     */
    public void restore(State state) {
        if (state.version() != VERSION || state.entries().length != entries.length) {
            throw new IllegalArgumentException("I/O APIC state version " + state.version());
        }
        System.arraycopy(state.entries(), 0, entries, 0, entries.length);
        levels = state.levels();
        select = state.select();
        id = state.id();
    }
}
