package org.xenolith.cpu.engine;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.FpuState;

/** Memory operands of vector instructions, which pass through the scratch register. */
final class VectorOperands {
    private static final int LOW = FpuState.SCRATCH * FpuState.LANES;

    private VectorOperands() {}

    /** Loads {@code bytes}, zero-extended to 16 if they are fewer, into the scratch register. */
    static void loadVector(Cpu c, long ea, int bytes, int aligned) {
        checkAlignment(c, ea, bytes, aligned);
        long[] vec = c.fpu.vec;
        if (bytes == 32) {
            long first = c.load64(ea);
            long second = c.load64(ea + 8);
            long third = c.load64(ea + 16);
            vec[LOW + 3] = c.load64(ea + 24);
            vec[LOW + 2] = third;
            vec[LOW + 1] = second;
            vec[LOW] = first;
            return;
        }
        if (bytes == 16) {
            long low = c.load64(ea);
            vec[LOW + 1] = c.load64(ea + 8);
            vec[LOW] = low;
            return;
        }
        vec[LOW + 1] = 0;
        vec[LOW] =
                switch (bytes) {
                    case 8 -> c.load64(ea);
                    case 4 -> c.load32(ea) & 0xffffffffL;
                    case 2 -> c.load16(ea) & 0xffff;
                    default -> c.load8(ea) & 0xff;
                };
    }

    /** Does the checks of {@link #storeVector} ahead of the operation. */
    static void checkVector(Cpu c, long ea, int bytes, int aligned) {
        checkAlignment(c, ea, bytes, aligned);
        c.checkWrite(ea, bytes);
    }

    /** Stores the low {@code bytes} of the scratch register. */
    static void storeVector(Cpu c, long ea, int bytes, int aligned) {
        long[] vec = c.fpu.vec;
        switch (bytes) {
            case 32 -> {
                c.store64(ea, vec[LOW]);
                c.store64(ea + 8, vec[LOW + 1]);
                c.store64(ea + 16, vec[LOW + 2]);
                c.store64(ea + 24, vec[LOW + 3]);
            }
            case 16 -> {
                c.store64(ea, vec[LOW]);
                c.store64(ea + 8, vec[LOW + 1]);
            }
            case 8 -> c.store64(ea, vec[LOW]);
            case 4 -> c.store32(ea, (int) vec[LOW]);
            case 2 -> c.store16(ea, (short) vec[LOW]);
            default -> c.store8(ea, (byte) vec[LOW]);
        }
    }

    /** Clears bits 128 and up of a register. */
    static void zeroUpper(Cpu c, int register) {
        c.fpu.vec[register * FpuState.LANES + 2] = 0;
        c.fpu.vec[register * FpuState.LANES + 3] = 0;
    }

    private static void checkAlignment(Cpu c, long ea, int bytes, int aligned) {
        if (aligned != 0 && (ea & bytes - 1) != 0) {
            throw c.generalProtection();
        }
    }
}
