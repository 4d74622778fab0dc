package org.xenolith.firmware.boot;

import org.xenolith.firmware.image.BootProtocol;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * What to do to a machine, whose RAM is all zero, before its first processor runs.
 *
 * @param protocol how the image is started
 * @param segments what to write to RAM, in this order: later ones may overwrite parts of earlier
 *     ones
 * @param roms what to map read-only in place of RAM, by address; empty but for a BIOS
 * @param entry how the first processor starts
 */
public record BootPlan(
        BootProtocol protocol, List<Segment> segments, List<Rom> roms, EntryState entry) {
    private static final int CHUNK = 64 << 10;

    /** Copies the lists. */
    public BootPlan {
        segments = List.copyOf(segments);
        roms = List.copyOf(roms);
    }

    /**
     * A piece of RAM.
     *
     * @param what it is, for people
     * @param address physical
     * @param content what to write there; its position and limit are not to be changed
     * @param size in bytes, at least that of the content; what the content lacks is zero
     */
    public record Segment(String what, long address, ByteBuffer content, long size) {
        /** The address after the last one. */
        public long end() {
            return address + size;
        }
    }

    /**
     * A piece of read-only memory.
     *
     * @param address physical, a multiple of 64 KiB
     * @param content its bytes
     */
    public record Rom(long address, ByteBuffer content) {}

    /** Where segments are written to. */
    public interface Ram {
        /** Writes {@code length} bytes of an array. */
        void write(long address, byte[] bytes, int offset, int length);

        /** Writes {@code length} zeros. */
        void clear(long address, long length);
    }

    /** Writes all segments; all of them lie in RAM of the memory map, or in the BIOS area. */
    public void writeTo(Ram ram) {
        byte[] chunk = new byte[CHUNK];
        for (Segment segment : segments) {
            ByteBuffer content = segment.content().duplicate();
            long at = segment.address();
            while (content.hasRemaining()) {
                int length = Math.min(chunk.length, content.remaining());
                content.get(chunk, 0, length);
                ram.write(at, chunk, 0, length);
                at += length;
            }
            if (at < segment.end()) {
                ram.clear(at, segment.end() - at);
            }
        }
    }
}
