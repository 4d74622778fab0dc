package org.xenolith.cpu.msr;

import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.model.Feature;
import org.xenolith.cpu.state.Cpu;

import java.util.Arrays;

/**
 * The page attribute table and the memory type range registers (SDM vol. 3A, 12.11 and 12.12): kept
 * and checked, without effect, since nothing is cached.
 */
public final class MemoryTypes implements MsrBank {
    /** Memory types (SDM vol. 3A, table 12-2). */
    public static final int UNCACHEABLE = 0;

    public static final int WRITE_COMBINING = 1;
    public static final int WRITE_THROUGH = 4;
    public static final int WRITE_PROTECTED = 5;
    public static final int WRITE_BACK = 6;

    private static final int UNCACHED_MINUS = 7;

    private static final int MTRRCAP = 0xfe;
    private static final int PHYS_BASE_0 = 0x200;
    private static final int PAT = 0x277;
    private static final int DEF_TYPE = 0x2ff;

    /** MTRRs of fixed ranges in the order of their addresses. */
    private static final int[] FIXED = {
        0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f
    };

    private static final int VARIABLE = 8;
    private static final int CAP_FIXED = 1 << 8;
    private static final int CAP_WRITE_COMBINING = 1 << 10;
    private static final int DEF_TYPE_FIXED = 1 << 10;
    private static final int DEF_TYPE_ENABLE = 1 << 11;
    private static final int MASK_VALID = 1 << 11;
    private static final int TYPE = 0xff;
    private static final long PAT_RESET = 0x0007040600070406L;
    private static final long BYTES = 0x0101010101010101L;
    private static final long FOUR_GIB = 1L << 32;

    /** Index in {@link #FIXED} of 0xa0000 to 0xbffff. */
    private static final int VIDEO = 2;

    private final Cpu cpu;
    private final boolean pat;
    private final boolean mtrr;
    private final long frames;
    private final long[] fixed = new long[FIXED.length];
    private final long[] base = new long[VARIABLE];
    private final long[] mask = new long[VARIABLE];
    private long patValue;
    private long defType;

    MemoryTypes(Cpu cpu, CpuModel model) {
        this.cpu = cpu;
        pat = model.has(Feature.PAT);
        mtrr = model.has(Feature.MTRR);
        frames = (1L << model.physicalBits()) - 1 & ~0xfffL;
    }

    void powerOn() {
        patValue = PAT_RESET;
        defType = 0;
        Arrays.fill(fixed, 0);
        Arrays.fill(base, 0);
        Arrays.fill(mask, 0);
    }

    /**
     * What firmware leaves behind: memory is write-back, the VGA's window and what lies between
     * {@code hole} and 4 GiB uncacheable.
     *
     * @param hole where devices begin below 4 GiB; its distance to 4 GiB is a power of two
     */
    public void enable(long hole) {
        long size = FOUR_GIB - hole;
        if (size < 0x1000 || Long.bitCount(size) != 1) {
            throw new IllegalArgumentException("hole from 0x" + Long.toHexString(hole));
        }
        Arrays.fill(fixed, WRITE_BACK * BYTES);
        fixed[VIDEO] = UNCACHEABLE * BYTES;
        base[0] = hole | UNCACHEABLE;
        mask[0] = frames & -size | MASK_VALID;
        defType = DEF_TYPE_ENABLE | DEF_TYPE_FIXED | WRITE_BACK;
    }

    private static int fixedIndex(int msr) {
        return Arrays.binarySearch(FIXED, msr);
    }

    private static boolean variable(int msr) {
        return msr >= PHYS_BASE_0 && msr < PHYS_BASE_0 + 2 * VARIABLE;
    }

    @Override
    public boolean owns(int msr) {
        return msr == PAT
                ? pat
                : mtrr
                        && (msr == MTRRCAP
                                || msr == DEF_TYPE
                                || variable(msr)
                                || fixedIndex(msr) >= 0);
    }

    @Override
    public long read(int msr) {
        if (variable(msr)) {
            return ((msr & 1) == 0 ? base : mask)[msr - PHYS_BASE_0 >> 1];
        }
        return switch (msr) {
            case PAT -> patValue;
            case MTRRCAP -> VARIABLE | CAP_FIXED | CAP_WRITE_COMBINING;
            case DEF_TYPE -> defType;
            default -> fixed[fixedIndex(msr)];
        };
    }

    @Override
    public void write(int msr, long value) {
        if (variable(msr)) {
            writeVariable(msr, value);
            return;
        }
        switch (msr) {
            case PAT -> {
                require(typesValid(value, true));
                patValue = value;
            }
            case MTRRCAP -> throw cpu.generalProtection();
            case DEF_TYPE -> {
                long defined = DEF_TYPE_ENABLE | DEF_TYPE_FIXED | TYPE;
                require((value & ~defined) == 0 && typeValid((int) value & TYPE, false));
                defType = value;
            }
            default -> {
                require(typesValid(value, false));
                fixed[fixedIndex(msr)] = value;
            }
        }
    }

    private void writeVariable(int msr, long value) {
        int index = msr - PHYS_BASE_0 >> 1;
        if ((msr & 1) == 0) {
            require((value & ~(frames | TYPE)) == 0 && typeValid((int) value & TYPE, false));
            base[index] = value;
        } else {
            require((value & ~(frames | MASK_VALID)) == 0);
            mask[index] = value;
        }
    }

    private static boolean typesValid(long types, boolean inPat) {
        boolean valid = true;
        for (int i = 0; i < 8; i++) {
            valid &= typeValid((int) (types >>> 8 * i) & TYPE, inPat);
        }
        return valid;
    }

    private static boolean typeValid(int type, boolean inPat) {
        return switch (type) {
            case UNCACHEABLE, WRITE_COMBINING, WRITE_THROUGH, WRITE_PROTECTED, WRITE_BACK -> true;
            case UNCACHED_MINUS -> inPat;
            default -> false;
        };
    }

    private void require(boolean allowed) {
        if (!allowed) {
            throw cpu.generalProtection();
        }
    }
}
