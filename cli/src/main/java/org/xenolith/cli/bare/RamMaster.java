package org.xenolith.cli.bare;

import org.xenolith.cpu.engine.CodeCache;
import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.devices.system.DmaMemory;

/**
 * RAM as devices reach it; code that they overwrite is decoded afresh.
 *
 * @param bytes how much there is
 */
record RamMaster(PhysicalMemory ram, CodeCache code, long bytes) implements DmaMemory {
    @Override
    public boolean read(long address, byte[] into, int offset, int length) {
        if (!ram.contains(address, length)) {
            return false;
        }
        ram.read(address, into, offset, length);
        return true;
    }

    @Override
    public boolean write(long address, byte[] from, int offset, int length) {
        if (!ram.contains(address, length)) {
            return false;
        }
        code.beforeExternalWrite(address, length);
        ram.write(address, from, offset, length);
        return true;
    }
}
