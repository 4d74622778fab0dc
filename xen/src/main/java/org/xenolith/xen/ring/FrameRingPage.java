package org.xenolith.xen.ring;

import org.xenolith.xen.frames.SharedMemory;

/** A ring page in a machine frame. */
public final class FrameRingPage implements RingPage {
    private final SharedMemory memory;
    private final long base;

    /**
     * @param mfn a frame of RAM that nobody frees while this lives
     */
    public FrameRingPage(SharedMemory memory, long mfn) {
        this.memory = memory;
        this.base = mfn << 12;
    }

    @Override
    public int get32(int off) {
        return memory.get32(base + off);
    }

    @Override
    public void put32(int off, int v) {
        memory.put32(base + off, v);
    }

    @Override
    public void read(int off, byte[] dst, int dOff, int len) {
        memory.read(base + off, dst, dOff, len);
    }

    @Override
    public void write(int off, byte[] src, int sOff, int len) {
        memory.write(base + off, src, sOff, len);
    }
}
