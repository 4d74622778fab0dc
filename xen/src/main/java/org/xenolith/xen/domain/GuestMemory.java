package org.xenolith.xen.domain;

import org.xenolith.xen.hypercall.GuestAbi;

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

    /** The layouts in which the guest's kernel passes arguments now. */
    default GuestAbi abi() {
        return GuestAbi.X86_64;
    }

    /** Reads a word of the guest's ABI: 4 bytes, zero-extended, or 8. */
    default long readWord(long gva) throws GuestFault {
        return abi() == GuestAbi.I386 ? read32(gva) & 0xffffffffL : read64(gva);
    }

    /** Writes a word of the guest's ABI: 8 bytes, or the low 4. */
    default void writeWord(long gva, long value) throws GuestFault {
        if (abi() == GuestAbi.I386) {
            write32(gva, (int) value);
        } else {
            write64(gva, value);
        }
    }

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
