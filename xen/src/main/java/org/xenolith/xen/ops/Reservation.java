package org.xenolith.xen.ops;

import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.GuestMemory;

/**
 * struct xen_memory_reservation (public/memory.h).
 *
 * @param list gva of the list of frame numbers, 8 bytes an extent
 * @param count extents in the list; unsigned, values beyond 2^63 read as the largest positive
 * @param order an extent has 2^order pages; negative values read as the largest positive
 * @param flags XENMEMF_*
 * @param domid whose memory
 */
public record Reservation(long list, long count, int order, int flags, int domid) {
    /** Bytes of the structure. */
    public static final int SIZE = 32;

    /** Reads one from the guest. */
    public static Reservation read(GuestMemory memory, long gva) throws GuestFault {
        long count = memory.read64(gva + 8);
        int order = memory.read32(gva + 16);
        return new Reservation(
                memory.read64(gva),
                count < 0 ? Long.MAX_VALUE : count,
                order < 0 ? Integer.MAX_VALUE : order,
                memory.read32(gva + 20),
                memory.read16(gva + 24));
    }
}
