package org.xenolith.xen.frames;

import org.xenolith.cpu.engine.CodeCache;
import org.xenolith.cpu.memory.PhysicalMemory;

/**
 * RAM as the hypervisor itself writes it, by machine address. Guests may have put code into any
 * frame they own, also into one that they share with the hypervisor, so each write first tells the
 * cache of decoded code.
 *
 * <p>Addresses are the caller's, checked by whoever took them from a guest.
 */
public final class SharedMemory {
    private final PhysicalMemory ram;
    private final CodeCache codeCache;

    public SharedMemory(PhysicalMemory ram, CodeCache codeCache) {
        this.ram = ram;
        this.codeCache = codeCache;
    }

    public int get8(long maddr) {
        return ram.get8(maddr) & 0xff;
    }

    public int get16(long maddr) {
        return ram.get16(maddr) & 0xffff;
    }

    public int get32(long maddr) {
        return ram.get32(maddr);
    }

    public long get64(long maddr) {
        return ram.get64(maddr);
    }

    public void put8(long maddr, int value) {
        codeCache.beforeExternalWrite(maddr, 1);
        ram.put8(maddr, (byte) value);
    }

    public void put16(long maddr, int value) {
        codeCache.beforeExternalWrite(maddr, 2);
        ram.put16(maddr, (short) value);
    }

    public void put32(long maddr, int value) {
        codeCache.beforeExternalWrite(maddr, 4);
        ram.put32(maddr, value);
    }

    public void put64(long maddr, long value) {
        codeCache.beforeExternalWrite(maddr, 8);
        ram.put64(maddr, value);
    }

    /** Writes the low {@code size} bytes, 4 or 8, of a value. */
    public void putWord(long maddr, int size, long value) {
        if (size == Integer.BYTES) {
            put32(maddr, (int) value);
        } else {
            put64(maddr, value);
        }
    }

    /** Copies {@code length} bytes of RAM into {@code dst}. */
    public void read(long maddr, byte[] dst, int offset, int length) {
        ram.read(maddr, dst, offset, length);
    }

    /** Copies {@code length} bytes of {@code src} into RAM. */
    public void write(long maddr, byte[] src, int offset, int length) {
        codeCache.beforeExternalWrite(maddr, length);
        ram.write(maddr, src, offset, length);
    }

    /** Copies RAM to RAM as if through a temporary buffer. */
    public void copy(long from, long to, int length) {
        codeCache.beforeExternalWrite(to, length);
        ram.copy(from, to, length);
    }

    /** Sets {@code length} bytes to 0. */
    public void zero(long maddr, int length) {
        codeCache.beforeExternalWrite(maddr, length);
        ram.fill(maddr, length, (byte) 0);
    }

    /** Sets or clears one bit of a bitmap that starts at {@code maddr}; returns its old value. */
    public boolean assignBit(long maddr, int bit, boolean value) {
        long at = maddr + (bit >>> 3);
        int mask = 1 << (bit & 7);
        int old = get8(at);
        put8(at, value ? old | mask : old & ~mask);
        return (old & mask) != 0;
    }

    /** One bit of a bitmap that starts at {@code maddr}. */
    public boolean bit(long maddr, int bit) {
        return (get8(maddr + (bit >>> 3)) >>> (bit & 7) & 1) != 0;
    }
}
