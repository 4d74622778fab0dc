package org.xenolith.devices.pci;

/**
 * The configuration space of one function of a PCI device (PCI 3.0, 6.1): 256 bytes, little-endian.
 * Accesses are aligned to their size.
 */
public interface PciFunction {
    /**
     * Reads.
     *
     * @param register 0 to 255
     * @param size 1, 2 or 4 bytes
     * @return the value in the low {@code size} bytes; higher bytes are ignored
     */
    int read(int register, int size);

    /** Writes the low {@code size} bytes of {@code value}; see {@link #read}. */
    void write(int register, int size, int value);

    /** A copy of the configuration space, for {@link #restore}. */
    byte[] save();

    /**
     * Takes a configuration space on.
     *
     * @throws IllegalArgumentException if it is not of 256 bytes
     */
    void restore(byte[] saved);
}
