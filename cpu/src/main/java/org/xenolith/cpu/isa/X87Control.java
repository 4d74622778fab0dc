package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.FpuState;

/**
 * x87 control: control and status words, environment, whole state, stack pointer (SDM vol. 1,
 * 8.1.10 for the formats; the protected-mode ones are used in 64-bit mode).
 */
public final class X87Control {
    private X87Control() {}

    public static void fnop(Cpu c) {}

    public static void fninit(Cpu c) {
        X87State.initialize(c.fpu);
    }

    public static void fnclex(Cpu c) {
        c.fpu.status &= 0x7f00;
    }

    public static void fldcw(Cpu c, long ea) {
        c.fpu.control = X87State.controlWord(c.load16(ea));
        X87State.updateSummary(c.fpu);
    }

    public static void fnstcw(Cpu c, long ea) {
        c.store16(ea, (short) c.fpu.control);
    }

    public static void fnstsw(Cpu c, long ea) {
        c.store16(ea, (short) c.fpu.status);
    }

    /** FNSTSW AX. */
    public static void fnstswAx(Cpu c) {
        c.writeReg(0, c.fpu.status, 2);
    }

    public static void fincstp(Cpu c) {
        X87State.clearC1(c);
        X87State.moveTop(c, 1);
    }

    public static void fdecstp(Cpu c) {
        X87State.clearC1(c);
        X87State.moveTop(c, -1);
    }

    public static void ffree(Cpu c, int rm) {
        X87State.clearC1(c);
        X87State.free(c, rm);
    }

    /** FFREEP (undocumented): FFREE, then pop. */
    public static void ffreep(Cpu c, int rm) {
        ffree(c, rm);
        X87State.pop(c);
    }

    // ---- environment: 28 bytes, or 14 with operand size 16
    // ---------------------------------------

    /** FNSTENV; masks all exceptions afterwards. */
    public static void fnstenv(Cpu c, long ea, int operandSize) {
        c.checkWrite(ea, operandSize == 2 ? 14 : 28);
        storeEnvironment(c, ea, operandSize == 2);
        c.fpu.control |= 0x3f;
        X87State.updateSummary(c.fpu);
    }

    public static void fldenv(Cpu c, long ea, int operandSize) {
        c.load8(ea + (operandSize == 2 ? 13 : 27));
        loadEnvironment(c, ea, operandSize == 2);
    }

    /** FNSAVE: environment and registers, then FNINIT. */
    public static void fnsave(Cpu c, long ea, int operandSize) {
        int size = operandSize == 2 ? 14 : 28;
        c.checkWrite(ea, size + 80);
        storeEnvironment(c, ea, operandSize == 2);
        for (int i = 0; i < 8; i++) {
            int r = X87State.physical(c.fpu, i);
            c.store64(ea + size + 10 * i, c.fpu.significand[r]);
            c.store16(ea + size + 10 * i + 8, (short) c.fpu.signExponent[r]);
        }
        X87State.initialize(c.fpu);
    }

    public static void frstor(Cpu c, long ea, int operandSize) {
        int size = operandSize == 2 ? 14 : 28;
        c.load8(ea);
        c.load8(ea + size + 79);
        loadEnvironment(c, ea, operandSize == 2);
        for (int i = 0; i < 8; i++) {
            int r = X87State.physical(c.fpu, i);
            c.fpu.significand[r] = c.load64(ea + size + 10 * i);
            c.fpu.signExponent[r] = c.load16(ea + size + 10 * i + 8) & 0xffff;
        }
    }

    private static void storeEnvironment(Cpu c, long ea, boolean small) {
        FpuState f = c.fpu;
        if (small) {
            c.store16(ea, (short) f.control);
            c.store16(ea + 2, (short) f.status);
            c.store16(ea + 4, (short) X87State.fullTag(f));
            c.store16(ea + 6, (short) f.lastIp);
            c.store16(ea + 8, (short) 0);
            c.store16(ea + 10, (short) f.lastDp);
            c.store16(ea + 12, (short) 0);
            return;
        }
        c.store32(ea, f.control | 0xffff0000);
        c.store32(ea + 4, f.status | 0xffff0000);
        c.store32(ea + 8, X87State.fullTag(f) | 0xffff0000);
        c.store32(ea + 12, (int) f.lastIp);
        c.store32(ea + 16, f.lastOpcode << 16);
        c.store32(ea + 20, (int) f.lastDp);
        c.store32(ea + 24, 0xffff0000);
    }

    private static void loadEnvironment(Cpu c, long ea, boolean small) {
        FpuState f = c.fpu;
        int control = c.load16(ea);
        int status = c.load16(ea + (small ? 2 : 4)) & 0xffff;
        f.tag = c.load16(ea + (small ? 4 : 8)) & 0xffff;
        f.lastIp = small ? c.load16(ea + 6) & 0xffff : c.load32(ea + 12) & 0xffffffffL;
        f.lastOpcode = small ? 0 : c.load16(ea + 18) & 0x7ff;
        f.lastDp = small ? c.load16(ea + 10) & 0xffff : c.load32(ea + 20) & 0xffffffffL;
        f.control = X87State.controlWord(control);
        f.status = status;
        X87State.updateSummary(f);
    }
}
