package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;

/**
 * AVX2 gathers: elements from addresses that a vector of indexes gives (SDM vol. 2, VPGATHERDD).
 *
 * <p>An element is loaded if the top bit of its mask element is set, which is then cleared; so a
 * fault leaves a state from which the instruction goes on with the rest.
 */
public final class AvxGather {
    private AvxGather() {}

    /** Doublewords by doubleword indexes. */
    public static void gatherDd(
            Cpu c,
            int d,
            long base,
            int mask,
            int vsibIndex,
            int vsibShift,
            int vl,
            int addressSize,
            int memorySegment) {
        gather(c, d, mask, 4, 4, vl, base, vsibIndex, vsibShift, addressSize, memorySegment);
    }

    /** Quadwords by doubleword indexes. */
    public static void gatherDq(
            Cpu c,
            int d,
            long base,
            int mask,
            int vsibIndex,
            int vsibShift,
            int vl,
            int addressSize,
            int memorySegment) {
        gather(c, d, mask, 8, 4, vl, base, vsibIndex, vsibShift, addressSize, memorySegment);
    }

    /** Doublewords by quadword indexes. */
    public static void gatherQd(
            Cpu c,
            int d,
            long base,
            int mask,
            int vsibIndex,
            int vsibShift,
            int vl,
            int addressSize,
            int memorySegment) {
        gather(c, d, mask, 4, 8, vl, base, vsibIndex, vsibShift, addressSize, memorySegment);
    }

    /** Quadwords by quadword indexes. */
    public static void gatherQq(
            Cpu c,
            int d,
            long base,
            int mask,
            int vsibIndex,
            int vsibShift,
            int vl,
            int addressSize,
            int memorySegment) {
        gather(c, d, mask, 8, 8, vl, base, vsibIndex, vsibShift, addressSize, memorySegment);
    }

    private static void gather(
            Cpu c,
            int d,
            int mask,
            int elementBytes,
            int indexBytes,
            int vl,
            long base,
            int index,
            int shift,
            int addressSize,
            int memorySegment) {
        if (d == mask || d == index || mask == index) {
            throw c.undefined();
        }
        long[] v = c.fpu.vec;
        int elements = vl / Math.max(elementBytes, indexBytes);
        int bytes = elements * elementBytes;
        for (int i = 0; i < 4; i++) {
            long top = elementBytes == 8 ? Long.MIN_VALUE : Packed.D;
            long lane = v[4 * mask + i] & top;
            // a set top bit becomes an element of ones
            v[4 * mask + i] =
                    8 * i >= bytes ? 0 : elementBytes == 8 ? lane >> 63 : Packed.spread(lane, top);
        }
        for (int i = 0; i < elements; i++) {
            if (element(v, mask, i, elementBytes) == 0) {
                continue;
            }
            long offset = base + (element(v, index, i, indexBytes) << shift);
            offset = Bits.zext(offset, addressSize);
            long at =
                    memorySegment < 0
                            ? offset
                            : c.linear(memorySegment, offset, elementBytes, false);
            put(v, d, i, elementBytes, c.load(at, elementBytes));
            put(v, mask, i, elementBytes, 0);
        }
        for (int i = bytes + 7 >> 3; i < 4; i++) {
            v[4 * d + i] = 0;
        }
    }

    /** Sign-extended. */
    private static long element(long[] v, int register, int i, int bytes) {
        return bytes == 8
                ? v[4 * register + i]
                : (int) (v[4 * register + (i >> 1)] >> 32 * (i & 1));
    }

    private static void put(long[] v, int register, int i, int bytes, long value) {
        if (bytes == 8) {
            v[4 * register + i] = value;
            return;
        }
        long keep = 0xffffffff00000000L >>> 32 * (i & 1);
        int at = 4 * register + (i >> 1);
        v[at] = v[at] & keep | (value & 0xffffffffL) << 32 * (i & 1);
    }
}
