package org.xenolith.xen.ops;

import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.GuestMemory;
import org.xenolith.xen.hypercall.Errno;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The map of a domain's physical memory that XENMEM_memory_map tells and XENMEM_set_memory_map
 * replaces (public/memory.h).
 */
public final class PhysicalMap {
    /** Most entries of a map, and bytes of one (struct e820entry). */
    private static final int MOST_ENTRIES = 1024;

    private static final int ENTRY = 20;

    private byte[] map = {};

    /**
     * A range of it.
     *
     * @param base first address
     * @param length bytes
     * @param type as E820 numbers them: 1 RAM, 2 reserved, 3 ACPI
     */
    public record Range(long base, long length, int type) {}

    /** Sets the map, as the toolstack does before the domain runs. */
    public void describe(List<Range> ranges) {
        ByteBuffer out = ByteBuffer.allocate(ENTRY * ranges.size()).order(ByteOrder.LITTLE_ENDIAN);
        for (Range range : ranges) {
            out.putLong(range.base()).putLong(range.length()).putInt(range.type());
        }
        map = out.array();
    }

    /** XENMEM_memory_map: as many entries as the guest has room for. */
    public long tell(GuestMemory memory, long arg) throws GuestFault {
        long room = memory.read32(arg) & 0xffff_ffffL;
        long buffer = memory.readWord(arg + memory.abi().word);
        if (map.length == 0) {
            return -Errno.ENOSYS;
        }
        int entries = (int) Math.min(room, map.length / ENTRY);
        memory.write(buffer, map, 0, entries * ENTRY);
        memory.write32(arg, entries);
        return 0;
    }

    /** XENMEM_set_memory_map: a domain may set its own. */
    public long replace(Domain caller, GuestMemory memory, long arg) throws GuestFault {
        int word = memory.abi().word;
        int domid = memory.read16(arg);
        long entries = memory.read32(arg + word) & 0xffff_ffffL;
        long buffer = memory.readWord(arg + 2 * word);
        if (entries > MOST_ENTRIES) {
            return -Errno.EINVAL;
        }
        int rc = Subjects.own(caller, domid);
        if (rc != 0) {
            return rc;
        }
        byte[] read = new byte[(int) entries * ENTRY];
        memory.read(buffer, read, 0, read.length);
        map = read;
        return 0;
    }
}
