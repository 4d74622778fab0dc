package org.xenolith.cpu.isa;

import static org.xenolith.cpu.isa.Bits.zext;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;

/** Bit tests, scans and counts (SDM vol. 1, 7.3.7). */
public final class BitOps {
    private static final int CRC32C = 0x82f63b78;

    private BitOps() {}

    public static void bt(Cpu c, long a, long bit, int size) {
        Flags.setCarry(c, a >>> shift(bit, size) & 1);
    }

    public static long bts(Cpu c, long a, long bit, int size) {
        bt(c, a, bit, size);
        return a | 1L << shift(bit, size);
    }

    public static long btr(Cpu c, long a, long bit, int size) {
        bt(c, a, bit, size);
        return a & ~(1L << shift(bit, size));
    }

    public static long btc(Cpu c, long a, long bit, int size) {
        bt(c, a, bit, size);
        return a ^ 1L << shift(bit, size);
    }

    /** With a register as bit offset the memory operand is a bit string of any length. */
    public static void btMemory(
            Cpu c, long offset, long bit, int size, int addressSize, int memorySegment) {
        long at = word(c, offset, bit, size, addressSize, memorySegment, false);
        bt(c, c.load(at, size), bit, size);
    }

    public static void btsMemory(
            Cpu c, long offset, long bit, int size, int addressSize, int memorySegment) {
        long at = word(c, offset, bit, size, addressSize, memorySegment, true);
        long a = c.update(at, size);
        c.store(at, bts(c, a, bit, size), size);
    }

    public static void btrMemory(
            Cpu c, long offset, long bit, int size, int addressSize, int memorySegment) {
        long at = word(c, offset, bit, size, addressSize, memorySegment, true);
        long a = c.update(at, size);
        c.store(at, btr(c, a, bit, size), size);
    }

    public static void btcMemory(
            Cpu c, long offset, long bit, int size, int addressSize, int memorySegment) {
        long at = word(c, offset, bit, size, addressSize, memorySegment, true);
        long a = c.update(at, size);
        c.store(at, btc(c, a, bit, size), size);
    }

    /** A zero source leaves the whole destination alone, not even zero-extended. */
    public static void bsf(Cpu c, int destination, long source, int size) {
        scan(c, destination, source, Long.numberOfTrailingZeros(source), size);
    }

    public static void bsr(Cpu c, int destination, long source, int size) {
        int found = 63 - Long.numberOfLeadingZeros(zext(source, size));
        scan(c, destination, source, found, size);
    }

    private static void scan(Cpu c, int destination, long source, int found, int size) {
        boolean zero = source == 0;
        Flags.setArithmetic(c, zero ? Flags.ZF : 0);
        if (!zero) {
            c.writeReg(destination, found, size);
        }
    }

    public static long popcnt(Cpu c, long source, int size) {
        long value = zext(source, size);
        Flags.setArithmetic(c, value == 0 ? Flags.ZF : 0);
        return Long.bitCount(value);
    }

    public static long crc32Byte(Cpu c, long crc, long source) {
        return crc(crc, source, 1);
    }

    public static long crc32(Cpu c, long crc, long source, int operandSize) {
        return crc(crc, source, operandSize);
    }

    private static long crc(long crc, long source, int bytes) {
        int r = (int) crc;
        for (int i = 0; i < bytes; i++) {
            r ^= (int) (source >>> 8 * i) & 0xff;
            for (int k = 0; k < 8; k++) {
                r = (r & 1) != 0 ? r >>> 1 ^ CRC32C : r >>> 1;
            }
        }
        return r & 0xffffffffL;
    }

    private static int shift(long bit, int size) {
        return (int) bit & size * 8 - 1;
    }

    /** Linear address of the part of a bit string that holds a bit. */
    private static long word(
            Cpu c, long offset, long bit, int size, int addressSize, int segment, boolean write) {
        int bits = size == 8 ? 6 : size == 4 ? 5 : 4;
        long at = zext(offset + (bit >> bits) * size, addressSize);
        return c.linear(segment, at, size, write);
    }
}
