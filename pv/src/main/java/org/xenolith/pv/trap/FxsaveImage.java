package org.xenolith.pv.trap;

import org.xenolith.cpu.state.FpuState;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The 512-byte FXSAVE64 image of x87 and SSE state (SDM vol. 1, 10.5.1). */
final class FxsaveImage {
    private static final int REGISTERS = 32;
    private static final int XMM = 160;
    private static final int MXCSR_MASK = 0xffff;
    private static final int EXPONENT = 0x7fff;

    private FxsaveImage() {}

    /** Loads state from an image at {@code at}. */
    static void load(byte[] bytes, int at, FpuState fpu) {
        ByteBuffer image = ByteBuffer.wrap(bytes, at, 512).slice().order(ByteOrder.LITTLE_ENDIAN);
        fpu.control = image.getShort(0) & 0xffff;
        fpu.status = image.getShort(2) & 0xffff;
        fpu.forget();
        fpu.lastOpcode = image.getShort(6) & 0x7ff;
        fpu.lastIp = image.getLong(8);
        fpu.lastDp = image.getLong(16);
        fpu.mxcsr = image.getInt(24) & MXCSR_MASK;
        int valid = image.get(4) & 0xff;
        int top = fpu.status >> 11 & 7;
        fpu.tag = 0;
        for (int st = 0; st < 8; st++) {
            int physical = st + top & 7;
            fpu.significand[physical] = image.getLong(REGISTERS + 16 * st);
            fpu.signExponent[physical] = image.getShort(REGISTERS + 16 * st + 8) & 0xffff;
            boolean empty = (valid >> physical & 1) == 0;
            fpu.tag |= (empty ? 3 : tag(fpu, physical)) << 2 * physical;
        }
        for (int i = 0; i < 16; i++) {
            fpu.vec[i * FpuState.LANES] = image.getLong(XMM + 16 * i);
            fpu.vec[i * FpuState.LANES + 1] = image.getLong(XMM + 16 * i + 8);
        }
    }

    /** The two tag bits that the abridged form leaves out: 0 valid, 1 zero, 2 special. */
    private static int tag(FpuState fpu, int physical) {
        int exponent = fpu.signExponent[physical] & EXPONENT;
        long significand = fpu.significand[physical];
        if (exponent == 0) {
            return significand == 0 ? 1 : 2;
        }
        return exponent == EXPONENT || significand >= 0 ? 2 : 0;
    }
}
