package org.xenolith.xen.ops;

import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.GuestMemory;
import org.xenolith.xen.hypercall.GuestAbi;

/**
 * struct xen_memory_reservation (public/memory.h).
 *
 * @param list gva of the list of frame numbers, a word an extent
 * @param count extents in the list; unsigned, values beyond 2^63 read as the largest positive
 * @param order an extent has 2^order pages; negative values read as the largest positive
 * @param flags XENMEMF_*
 * @param domid whose memory
 */
public record Reservation(long list, long count, int order, int flags, int domid) {
    /** Bytes of the structure: two words, two fields of 32 bits, a domid and padding. */
    public static int size(GuestAbi abi) {
        return 3 * abi.word + 8;
    }

    /** Reads one from the guest. */
    public static Reservation read(GuestMemory memory, long gva) throws GuestFault {
        int word = memory.abi().word;
        long count = memory.readWord(gva + word);
        int order = memory.read32(gva + 2 * word);
        return new Reservation(
                memory.readWord(gva),
                count < 0 ? Long.MAX_VALUE : count,
                order < 0 ? Integer.MAX_VALUE : order,
                memory.read32(gva + 2 * word + 4),
                memory.read16(gva + 2 * word + 8));
    }
}
