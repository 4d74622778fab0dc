package org.xenolith.cpu.vmx;

import org.xenolith.cpu.memory.PhysicalMemory;

/**
 * The virtual-APIC page of a guest (SDM vol. 3C, 30.1): its registers by offset, and the vectors in
 * its 256-bit ones. Where there is no RAM, reads give 0.
 */
final class VirtualApicPage {
    static final int TPR = 0x80;
    static final int PPR = 0xa0;
    static final int EOI = 0xb0;
    static final int ISR = 0x100;
    static final int IRR = 0x200;
    static final int ICR_LOW = 0x300;
    static final int ICR_HIGH = 0x310;
    static final int SELF_IPI = 0x3f0;

    private static final int WORDS = 8;
    private final PhysicalMemory ram;

    /** Machine address of the page. */
    long base;

    VirtualApicPage(PhysicalMemory ram) {
        this.ram = ram;
    }

    /** Reads 1, 2, 4 or 8 bytes, zero-extended. */
    long get(int offset, int size) {
        long value = 0;
        for (int i = size - 1; i >= 0; i--) {
            long at = base + offset + i;
            value = value << 8 | (ram.contains(at, 1) ? ram.get8(at) & 0xff : 0);
        }
        return value;
    }

    /** Writes the low 1, 2, 4 or 8 bytes. */
    void put(int offset, int size, long value) {
        for (int i = 0; i < size; i++) {
            long at = base + offset + i;
            if (ram.contains(at, 1)) {
                ram.put8(at, (byte) (value >>> 8 * i));
            }
        }
    }

    int get32(int offset) {
        return (int) get(offset, 4);
    }

    void put32(int offset, int value) {
        put(offset, 4, value);
    }

    /** Sets the bit of a vector in {@link #ISR} or {@link #IRR}. */
    void set(int register, int vector) {
        int at = word(register, vector);
        put32(at, get32(at) | 1 << vector);
    }

    /** Clears the bit of a vector. */
    void clear(int register, int vector) {
        int at = word(register, vector);
        put32(at, get32(at) & ~(1 << vector));
    }

    private static int word(int register, int vector) {
        return register + (vector >>> 5) * 16;
    }

    /** The highest vector whose bit is set, or 0. */
    int highest(int register) {
        for (int i = WORDS - 1; i >= 0; i--) {
            int bits = get32(register + 16 * i);
            if (bits != 0) {
                return 32 * i + 31 - Integer.numberOfLeadingZeros(bits);
            }
        }
        return 0;
    }
}
