package org.xenolith.cpu.host;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Registers and memory of a case that {@link HostCpu} runs, before it or after it. */
public final class HostState {
    /** First linear address of the 64 KiB that can be executed; INT3 everywhere but at the code. */
    public static final long CODE_REGION = 0x200000;

    public static final int CODE_REGION_BYTES = 0x10000;

    /** Linear address of the code, in the middle of its region. */
    public static final long CODE = 0x208000;

    /** Most bytes of code. */
    public static final int CODE_BYTES = 64;

    /** Linear address of {@link #data}; a page before it and the one after its own are zero. */
    public static final long DATA = 0x300000;

    public static final int DATA_BYTES = 512;

    /** Vector that stands for code which did not end. */
    public static final int TIMED_OUT = 255;

    /** Size of the C structure. */
    static final int BYTES = 192 + 512 + 64 + 256 + DATA_BYTES + CODE_BYTES;

    private static final int FX_USED = 464;

    /** After: vector of the exception that ended the code; 3 is the INT3 behind it. */
    public int vector;

    /** After: error code of the exception. */
    public int errorCode;

    /** After: instruction pointer. */
    public long rip;

    /** After: the address of a page fault, if it was one. */
    public long cr2;

    /** RAX..R15 in encoding order. */
    public final long[] gpr = new long[16];

    public long rflags = 0x202;

    /** Selectors in encoding order: ES, CS, SS, DS, FS, GS. */
    public final int[] selectors = new int[6];

    /** Bases of FS and GS; before, they count where the selector is null. */
    public final long[] bases = new long[2];

    /** x87 and SSE state as FXSAVE64 lays it out. */
    public final byte[] fx = new byte[512];

    /** Upper halves of YMM0..15. */
    public final byte[] ymm = new byte[256];

    public final byte[] data = new byte[DATA_BYTES];

    /** A state for 64-bit code with everything 0. */
    public HostState() {
        this(64);
    }

    /**
     * A state with flat segments and everything 0.
     *
     * @param bits 64 or 32
     */
    public HostState(int bits) {
        HostSegments.flat(this, bits);
        FxImage.initial(fx);
    }

    /** Whether the code is 64-bit code, which may change bits 63..32 of the registers. */
    public boolean long64() {
        return selectors[1] == HostSegments.CODE_64;
    }

    /** Copies everything from another state. */
    public void set(HostState s) {
        vector = s.vector;
        errorCode = s.errorCode;
        rip = s.rip;
        cr2 = s.cr2;
        rflags = s.rflags;
        System.arraycopy(s.gpr, 0, gpr, 0, gpr.length);
        System.arraycopy(s.selectors, 0, selectors, 0, selectors.length);
        System.arraycopy(s.bases, 0, bases, 0, bases.length);
        System.arraycopy(s.fx, 0, fx, 0, fx.length);
        System.arraycopy(s.ymm, 0, ymm, 0, ymm.length);
        System.arraycopy(s.data, 0, data, 0, data.length);
    }

    /** A copy. */
    public HostState copy() {
        HostState copy = new HostState();
        copy.set(this);
        return copy;
    }

    void encode(ByteBuffer out, byte[] code, boolean straight) {
        out.putInt(0).putInt(0).putLong(0).putLong(0);
        for (long r : gpr) {
            out.putLong(r);
        }
        out.putLong(rflags).putLong(bases[0]).putLong(bases[1]);
        for (int s : selectors) {
            out.putShort((short) s);
        }
        out.putShort((short) code.length).putShort((short) (straight ? 1 : 0)).put(fx);
        out.position(out.position() + 64).put(ymm).put(data);
        out.put(code); // what lies behind it does not count
    }

    void decode(ByteBuffer in) {
        vector = in.getInt();
        errorCode = in.getInt();
        rip = in.getLong();
        cr2 = in.getLong();
        for (int i = 0; i < 16; i++) {
            gpr[i] = in.getLong();
        }
        rflags = in.getLong();
        bases[0] = in.getLong();
        bases[1] = in.getLong();
        for (int i = 0; i < 6; i++) {
            selectors[i] = in.getShort() & 0xffff;
        }
        in.getInt();
        in.get(fx).position(in.position() + 64).get(ymm).get(data);
        Arrays.fill(fx, FX_USED, fx.length, (byte) 0);
    }
}
