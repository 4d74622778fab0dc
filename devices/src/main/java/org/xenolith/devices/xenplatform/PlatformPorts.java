package org.xenolith.devices.xenplatform;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xenolith.cpu.bus.BusDevice;

import java.util.Set;

/**
 * Ports 0x10 to 0x13 of an HVM domain. A driver reads the magic number as a word at 0 and the
 * version of the protocol as a byte at 2; it writes which product it is as a word at 2 and its
 * version as a doubleword at 0, reads the magic again, which is another one if it is not welcome,
 * and then writes to 0, as a word, which emulated devices are to go. Bytes written to 2 are a debug
 * console, which is shown line by line.
 */
public final class PlatformPorts implements BusDevice {
    /** Its first port. */
    public static final int BASE = 0x10;

    /** Its ports. */
    public static final int LENGTH = 4;

    /** Disks of the IDE controller, but for CD-ROMs. */
    public static final int UNPLUG_IDE = 1;

    /** Network cards. */
    public static final int UNPLUG_NICS = 2;

    /** Disks of the IDE controller but for the first. */
    public static final int UNPLUG_AUX_IDE = 4;

    /** Layout of {@link State}. */
    public static final int VERSION = 1;

    private static final Logger LOG = LoggerFactory.getLogger(PlatformPorts.class);
    private static final int MAGIC = 0x49d2;
    private static final int UNWELCOME = 0xd249;
    private static final int PROTOCOL = 1;
    private static final int UNPLUG_BITS = UNPLUG_IDE | UNPLUG_NICS | UNPLUG_AUX_IDE;
    private static final int LONGEST_LINE = 256;

    /**
     * Complete state.
     *
     * @param product who the driver has said it is, 0 to 65535
     * @param driver its version
     * @param unplugged which devices have been asked to go
     * @param line what of a line has been written to the console
     */
    public record State(int version, int product, long driver, int unplugged, String line) {}

    /**
     * A driver.
     *
     * @param product its number, 0 to 65535
     * @param version of it, unsigned
     */
    public record Driver(int product, long version) {}

    /** Where requests to unplug go. */
    @FunctionalInterface
    public interface Unplug {
        /**
         * Takes devices away for good.
         *
         * @param mask of {@link #UNPLUG_IDE} and the others
         */
        void unplug(int mask);
    }

    private final Set<Driver> unwelcome;
    private final Unplug unplug;
    private final StringBuilder line = new StringBuilder();
    private int product;
    private long driver;
    private int unplugged;

    /**
     * @param unwelcome drivers that shall not run, as they are known to fail
     * @param unplug takes requests of drivers that may
     */
    public PlatformPorts(Set<Driver> unwelcome, Unplug unplug) {
        this.unwelcome = Set.copyOf(unwelcome);
        this.unplug = unplug;
    }

    private boolean welcome() {
        return !unwelcome.contains(new Driver(product, driver));
    }

    @Override
    public long read(long offset, int size) {
        if (offset == 0 && size == 2) {
            return welcome() ? MAGIC : UNWELCOME;
        }
        return offset == 2 && size == 1 ? PROTOCOL : -1;
    }

    @Override
    public void write(long offset, int size, long value) {
        if (offset == 2 && size == 1) {
            print((int) value & 0xff);
        } else if (offset == 2 && size == 2) {
            product = (int) value & 0xffff;
        } else if (offset == 0 && size == 4) {
            driver = value & 0xffffffffL;
            LOG.info("driver of product {}, version {}", product, driver);
        } else if (offset == 0 && size == 2 && welcome()) {
            int mask = (int) value & UNPLUG_BITS;
            unplugged |= mask;
            unplug.unplug(mask);
        }
    }

    private void print(int c) {
        if (c == '\n' || line.length() == LONGEST_LINE) {
            LOG.info("guest: {}", line);
            line.setLength(0);
        }
        if (c >= ' ' && c <= '~') {
            line.append((char) c);
        }
    }

    /** Which devices have been asked to go. */
    public int unplugged() {
        return unplugged;
    }

    /** The ports of the PCI function: bytes written to the first are the debug console's. */
    public BusDevice console() {
        return new BusDevice() {
            @Override
            public long read(long offset, int size) {
                return -1;
            }

            @Override
            public void write(long offset, int size, long value) {
                if (offset == 0 && size == 1) {
                    print((int) value & 0xff);
                }
            }
        };
    }

    /** The state, for {@link #restore}. */
    public State save() {
        return new State(VERSION, product, driver, unplugged, line.toString());
    }

    /**
     * Takes a state on.
     *
     * @throws IllegalArgumentException if the version is unknown
     */
    public void restore(State state) {
        if (state.version() != VERSION) {
            throw new IllegalArgumentException("platform ports state version " + state.version());
        }
        product = state.product();
        driver = state.driver();
        unplugged = state.unplugged();
        line.setLength(0);
        line.append(state.line(), 0, Math.min(state.line().length(), LONGEST_LINE));
    }
}
