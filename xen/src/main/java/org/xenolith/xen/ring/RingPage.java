package org.xenolith.xen.ring;

/**
 * One 4 KiB page that a guest shares with a backend, addressed by byte offset.
 *
 * <p>Everything read from it was written by the guest: a reader checks each value before it uses
 * it, and reads a value once, since another vCPU may change it in between. Numbers are little
 * endian. Offsets and lengths are the caller's and always lie within the page.
 */
public interface RingPage {
    /** Size of the page in bytes. */
    int SIZE = 4096;

    /** Reads the 32-bit number at {@code off}. */
    int get32(int off);

    /** Writes the 32-bit number at {@code off}. */
    void put32(int off, int v);

    /** Copies {@code len} bytes of the page, from {@code off}, to {@code dst}. */
    void read(int off, byte[] dst, int dOff, int len);

    /** Copies {@code len} bytes of {@code src} to the page, at {@code off}. */
    void write(int off, byte[] src, int sOff, int len);
}
