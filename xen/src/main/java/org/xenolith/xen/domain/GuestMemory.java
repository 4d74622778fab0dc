package org.xenolith.xen.domain;

/**
 * Checked access to a guest's memory by guest virtual address (gva), with the rights the guest
 * itself has: the hypervisor's own areas and unmapped or read-only pages are refused.
 *
 * <p>Multi-byte values are little-endian, need no alignment and may cross pages.
 */
public interface GuestMemory {
    /** Copies from the guest. */
    void read(long gva, byte[] dst, int offset, int length) throws GuestFault;

    /** Copies to the guest; checks the whole range before the first byte changes. */
    void write(long gva, byte[] src, int offset, int length) throws GuestFault;

    int read32(long gva) throws GuestFault;

    long read64(long gva) throws GuestFault;

    void write32(long gva, int value) throws GuestFault;

    void write64(long gva, long value) throws GuestFault;

    default int read16(long gva) throws GuestFault {
        byte[] b = new byte[2];
        read(gva, b, 0, 2);
        return b[0] & 0xff | (b[1] & 0xff) << 8;
    }

    default int read8(long gva) throws GuestFault {
        byte[] b = new byte[1];
        read(gva, b, 0, 1);
        return b[0] & 0xff;
    }
}
