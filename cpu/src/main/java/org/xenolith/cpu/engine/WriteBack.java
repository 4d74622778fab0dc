package org.xenolith.cpu.engine;

import org.xenolith.cpu.state.Cpu;

/**
 * Writes local variables of a translation back to the processor, where one of its blocks stops
 * early: a few calls, which HotSpot need not inline because they are hardly ever made, instead of a
 * long list of stores for each block.
 */
final class WriteBack {
    /** Registers or lanes in one call. */
    static final int GROUP = 4;

    private WriteBack() {}

    /**
     * General registers.
     *
     * @param numbers a byte for each, the first one lowest; the last may be repeated
     */
    static void registers(long a, long b, long c, long d, int numbers, Cpu cpu) {
        long[] registers = cpu.regs;
        registers[numbers & 0xff] = a;
        registers[numbers >> 8 & 0xff] = b;
        registers[numbers >> 16 & 0xff] = c;
        registers[numbers >>> 24] = d;
    }

    /** As {@link #registers}: lanes of vector registers, by their index in the file. */
    static void lanes(long a, long b, long c, long d, int numbers, Cpu cpu) {
        long[] lanes = cpu.fpu.vec;
        lanes[numbers & 0xff] = a;
        lanes[numbers >> 8 & 0xff] = b;
        lanes[numbers >> 16 & 0xff] = c;
        lanes[numbers >>> 24] = d;
    }

    static void flags(int kind, long a, long b, long r, long eflags, Cpu cpu) {
        cpu.flagKind = kind;
        cpu.flagA = a;
        cpu.flagB = b;
        cpu.flagR = r;
        cpu.eflags = eflags;
    }

    /**
     * How far it came.
     *
     * @param position as {@link Cpu#tracePosition}
     * @param start linear address of the region
     */
    static void position(int position, long start, long instructions, Cpu cpu) {
        cpu.tracePosition = position;
        cpu.blockRip = start;
        cpu.instructions = instructions;
    }
}
