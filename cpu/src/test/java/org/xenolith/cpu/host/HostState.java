package org.xenolith.cpu.host;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Registers and memory of a case that {@link HostCpu} runs, before it or after it. */
public final class HostState {
    /** Linear address of the code. */
    public static final long CODE = 0x200000;

    /** Linear address of {@link #data}; a page lies on either side of its own. */
    public static final long DATA = 0x300000;

    public static final int DATA_BYTES = 512;

    private static final int CODE_BYTES = 56;

    /** Size of the C structure. */
    static final int BYTES = 1496;

    /** Before: whether the code is 32-bit code (compatibility mode). */
    public boolean code32;

    /** After: vector of the exception that ended the code; 3 is the INT3 behind it. */
    public int vector;

    /** After: error code of the exception. */
    public int errorCode;

    /** After: instruction pointer, relative to the code. */
    public long rip;

    /** RAX..R15 in encoding order. */
    public final long[] gpr = new long[16];

    public long rflags;

    /** x87 and SSE state as FXSAVE64 lays it out. */
    public final byte[] fx = new byte[512];

    /** Upper halves of YMM0..15. */
    public final byte[] ymm = new byte[256];

    public final byte[] data = new byte[DATA_BYTES];

    void encode(ByteBuffer out, byte[] code) {
        out.order(ByteOrder.LITTLE_ENDIAN).putInt(0).putInt(0).putLong(0);
        for (long r : gpr) {
            out.putLong(r);
        }
        out.putLong(rflags).put(fx).put(ymm).put(data).putInt(code.length).putInt(code32 ? 32 : 64);
        out.put(Arrays.copyOf(code, CODE_BYTES));
    }

    static HostState decode(ByteBuffer in) {
        in.order(ByteOrder.LITTLE_ENDIAN);
        HostState s = new HostState();
        s.vector = in.getInt();
        s.errorCode = in.getInt();
        s.rip = in.getLong();
        for (int i = 0; i < 16; i++) {
            s.gpr[i] = in.getLong();
        }
        s.rflags = in.getLong();
        in.get(s.fx).get(s.ymm).get(s.data);
        in.position(in.position() + 8 + CODE_BYTES);
        return s;
    }
}
