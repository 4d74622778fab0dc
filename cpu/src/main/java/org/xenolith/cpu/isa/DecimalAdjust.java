package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;

/**
 * Decimal arithmetic of 16- and 32-bit code (SDM vol. 1, 7.3.4). OF after DAA and DAS, and OF, SF,
 * ZF and PF after AAA and AAS, are undefined; here OF is 0 and the others follow AL.
 */
public final class DecimalAdjust {
    private DecimalAdjust() {}

    public static void daa(Cpu c) {
        packed(c, 1);
    }

    public static void das(Cpu c) {
        packed(c, -1);
    }

    private static void packed(Cpu c, int sign) {
        int al = (int) c.regs[Cpu.RAX] & 0xff;
        int flags = Flags.arithmetic(c);
        boolean low = (al & 15) > 9 || (flags & Flags.AF) != 0;
        boolean high = al > 0x99 || (flags & Flags.CF) != 0;
        // DAS also borrows when subtracting 6 from AL does
        boolean carry = high || sign < 0 && low && al < 6;
        int result = al + sign * ((low ? 6 : 0) + (high ? 0x60 : 0));
        c.writeReg(Cpu.RAX, result, 1);
        flags(c, result, (carry ? Flags.CF : 0) | (low ? Flags.AF : 0));
    }

    public static void aaa(Cpu c) {
        unpacked(c, 0x106);
    }

    public static void aas(Cpu c) {
        unpacked(c, -0x106);
    }

    private static void unpacked(Cpu c, int adjustment) {
        int ax = (int) c.regs[Cpu.RAX] & 0xffff;
        boolean adjust = (ax & 15) > 9 || (Flags.arithmetic(c) & Flags.AF) != 0;
        ax = (adjust ? ax + adjustment : ax) & 0xff0f;
        c.writeReg(Cpu.RAX, ax, 2);
        flags(c, ax, adjust ? Flags.CF | Flags.AF : 0);
    }

    /** AAM: #DE if the base is 0. */
    public static void aam(Cpu c, long base) {
        int divisor = (int) base & 0xff;
        if (divisor == 0) {
            throw c.fault(CpuFault.DE, 0);
        }
        int al = (int) c.regs[Cpu.RAX] & 0xff;
        c.writeReg(Cpu.RAX, al / divisor << 8 | al % divisor, 2);
        flags(c, al % divisor, 0);
    }

    public static void aad(Cpu c, long base) {
        int ax = (int) c.regs[Cpu.RAX];
        int al = (ax & 0xff) + (ax >> 8 & 0xff) * ((int) base & 0xff) & 0xff;
        c.writeReg(Cpu.RAX, al, 2);
        flags(c, al, 0);
    }

    private static void flags(Cpu c, int al, int cfOfAf) {
        Flags.logic(c, (byte) al);
        Flags.setArithmetic(c, Flags.arithmetic(c) | cfOfAf);
    }

    /** SALC: AL becomes 0 or FF with CF. */
    public static void salc(Cpu c) {
        c.writeReg(Cpu.RAX, Flags.cf(c) ? 0xff : 0, 1);
    }
}
