package org.xenolith.xen.ring;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A page in an array, for tests that play the guest. */
public final class ByteArrayRingPage implements RingPage {
    private final byte[] bytes = new byte[SIZE];
    private final ByteBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);

    @Override
    public int get32(int off) {
        return words.getInt(off);
    }

    @Override
    public void put32(int off, int v) {
        words.putInt(off, v);
    }

    @Override
    public void read(int off, byte[] dst, int dOff, int len) {
        System.arraycopy(bytes, off, dst, dOff, len);
    }

    @Override
    public void write(int off, byte[] src, int sOff, int len) {
        System.arraycopy(src, sOff, bytes, off, len);
    }
}
