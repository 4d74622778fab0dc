package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;

/** Stores of whole cache lines: MOVDIR64B (SDM vol. 2B) and CLZERO (APM vol. 3). */
public final class DirectStores {
    private static final int LINE_BYTES = 64;

    private DirectStores() {}

    /**
     * MOVDIR64B: copies 64 bytes to ES:register; #GP(0) unless that is aligned to them.
     *
     * @param register number of the register that holds the address
     * @param ea linear address of the source
     */
    public static void movdir64b(Cpu c, int register, long ea, int addressSize) {
        long offset = Bits.zext(c.regs[register], addressSize);
        long[] line = new long[LINE_BYTES / 8];
        for (int i = 0; i < line.length; i++) {
            line[i] = c.load64(ea + 8 * i);
        }
        long target = c.linearData(Cpu.ES, offset, LINE_BYTES, true);
        if ((target & LINE_BYTES - 1) != 0) {
            throw c.generalProtection();
        }
        c.checkWrite(target, LINE_BYTES);
        for (int i = 0; i < line.length; i++) {
            c.store64(target + 8 * i, line[i]);
        }
    }

    /** CLZERO: clears the line that holds DS:rAX. */
    public static void clzero(Cpu c, int addressSize, int segment) {
        long offset = Bits.zext(c.regs[Cpu.RAX], addressSize) & -LINE_BYTES;
        long target = c.linearData(segment, offset, LINE_BYTES, true);
        c.checkWrite(target, LINE_BYTES);
        for (int i = 0; i < LINE_BYTES; i += 8) {
            c.store64(target + i, 0);
        }
    }
}
