package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.FpuState;

import java.util.Arrays;

/**
 * The state components of XSAVE (SDM vol. 1, 13.4 and 13.5): where each lies in an area, whether it
 * is in use, and how it is saved, loaded and initialized.
 *
 * <p>The standard format has AVX at 576 and PKRU at 832, the compacted one has them one behind the
 * other; no component is to be aligned.
 */
public final class StateComponents {
    /** Component and XCR0 bit of the x87 registers. */
    public static final long X87 = 1;

    /** Component and XCR0 bit of XMM0..15 and MXCSR. */
    public static final long SSE = 1 << 1;

    /** Component and XCR0 bit of the upper halves of YMM0..15. */
    public static final long AVX = 1 << 2;

    /** Component and XCR0 bit of the PKRU register. */
    public static final long PKRU = 1 << 9;

    /** All components that are implemented. */
    public static final long ALL = X87 | SSE | AVX | PKRU;

    /** Bytes of the legacy region plus the header; where the AVX component starts. */
    public static final int BASE_SIZE = 576;

    /** Bytes of the AVX component. */
    public static final int AVX_SIZE = 256;

    /** Bytes of the PKRU component, and where it starts in the standard format. */
    public static final int PKRU_SIZE = 8;

    public static final int PKRU_AT = BASE_SIZE + AVX_SIZE;

    private StateComponents() {}

    /** Bytes of an area of the standard format with these components. */
    public static int size(long components) {
        if ((components & PKRU) != 0) {
            return PKRU_AT + PKRU_SIZE;
        }
        return (components & AVX) != 0 ? BASE_SIZE + AVX_SIZE : BASE_SIZE;
    }

    /** Bytes of an area of the compacted format with these components. */
    public static int compactedSize(long components) {
        return pkruAt(components) + ((components & PKRU) != 0 ? PKRU_SIZE : 0);
    }

    /** Where PKRU lies in a compacted area with these components. */
    private static int pkruAt(long layout) {
        return BASE_SIZE + ((layout & AVX) != 0 ? AVX_SIZE : 0);
    }

    /** XINUSE: components that are not in their initial state; MXCSR counts for none. */
    static long inUse(Cpu c) {
        FpuState f = X87Pointers.settled(c);
        long used = c.pkru != 0 ? PKRU : 0;
        if (x87InUse(f)) {
            used |= X87;
        }
        for (int i = 0; i < Vectors.visible(c); i++) {
            if ((f.vec[FpuState.LANES * i] | f.vec[FpuState.LANES * i + 1]) != 0) {
                used |= SSE;
            }
            if ((f.vec[FpuState.LANES * i + 2] | f.vec[FpuState.LANES * i + 3]) != 0) {
                used |= AVX;
            }
        }
        return used;
    }

    private static boolean x87InUse(FpuState f) {
        boolean used =
                f.control != 0x37f
                        || f.status != 0
                        || f.tag != 0xffff
                        || f.lastOpcode != 0
                        || (f.lastIp | f.lastDp) != 0;
        for (int r = 0; r < 8 && !used; r++) {
            used = f.significand[r] != 0 || f.signExponent[r] != 0;
        }
        return used;
    }

    /**
     * Stores components, MXCSR not among them.
     *
     * @param wide whether the x87 pointers have 64 bits
     * @param layout the compacted format's components, or {@link #ALL} for the standard format
     */
    static void save(Cpu c, long ea, boolean wide, long components, long layout) {
        if ((components & X87) != 0) {
            FxState.storeX87(c, ea, wide);
        }
        if ((components & SSE) != 0) {
            FxState.storeXmm(c, ea);
        }
        if ((components & AVX) != 0) {
            for (int i = 0; i < Vectors.visible(c); i++) {
                c.store64(ea + BASE_SIZE + 16 * i, c.fpu.vec[FpuState.LANES * i + 2]);
                c.store64(ea + BASE_SIZE + 16 * i + 8, c.fpu.vec[FpuState.LANES * i + 3]);
            }
        }
        if ((components & PKRU) != 0) {
            c.store64(ea + pkruAt(layout), c.pkru & 0xffffffffL);
        }
    }

    /** Loads components; see {@link #save}. */
    static void load(Cpu c, long ea, boolean wide, long components, long layout) {
        if ((components & SSE) != 0) {
            FxState.loadXmm(c, ea);
        }
        if ((components & AVX) != 0) {
            for (int i = 0; i < Vectors.visible(c); i++) {
                c.fpu.vec[FpuState.LANES * i + 2] = c.load64(ea + BASE_SIZE + 16 * i);
                c.fpu.vec[FpuState.LANES * i + 3] = c.load64(ea + BASE_SIZE + 16 * i + 8);
            }
        }
        if ((components & X87) != 0) {
            FxState.loadX87(c, ea, wide);
        }
        if ((components & PKRU) != 0) {
            setPkru(c, c.load32(ea + pkruAt(layout)));
        }
    }

    /** Puts components into their initial state, MXCSR not among them. */
    static void initialize(Cpu c, long components) {
        if ((components & SSE) != 0) {
            clearLanes(c, 0);
        }
        if ((components & AVX) != 0) {
            clearLanes(c, 2);
        }
        if ((components & X87) != 0) {
            X87State.initialize(c.fpu);
            Arrays.fill(c.fpu.significand, 0);
            Arrays.fill(c.fpu.signExponent, 0);
        }
        if ((components & PKRU) != 0) {
            setPkru(c, 0);
        }
    }

    /** Writes PKRU, by which cached translations were checked. */
    static void setPkru(Cpu c, int value) {
        if (value != c.pkru) {
            c.pkru = value;
            c.flushTlb();
        }
    }

    /** Clears two lanes of all visible registers. */
    private static void clearLanes(Cpu c, int first) {
        FpuState f = c.fpu;
        for (int i = 0; i < Vectors.visible(c); i++) {
            f.vec[FpuState.LANES * i + first] = 0;
            f.vec[FpuState.LANES * i + first + 1] = 0;
        }
    }
}
