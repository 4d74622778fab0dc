package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.FpuState;

/**
 * x87 control: control and status words, environment, whole state, stack pointer (SDM vol. 1,
 * 8.1.10 for the four formats; the protected-mode ones are used in 64-bit mode).
 */
public final class X87Control {
    private X87Control() {}

    public static void fnop(Cpu c) {}

    public static void fninit(Cpu c) {
        X87State.initialize(c.fpu);
    }

    public static void fnclex(Cpu c) {
        X87Pointers.settled(c);
        c.fpu.status &= 0x7f00;
        c.fpu.ignored = false;
    }

    public static void fldcw(Cpu c, long ea) {
        int control = c.load16(ea);
        X87Pointers.settled(c);
        c.fpu.control = X87State.controlWord(control);
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

    /** The format holds linear addresses of 20 or 32 bits instead of selectors and offsets. */
    private static boolean linearPointers(Cpu c) {
        return c.realMode() || c.virtual8086();
    }

    private static void storeEnvironment(Cpu c, long ea, boolean small) {
        FpuState f = X87Pointers.settled(c);
        int bytes = small ? 2 : 4;
        int filler = small ? 0 : 0xffff0000;
        c.store(ea, f.control | filler, bytes);
        c.store(ea + bytes, f.status | filler, bytes);
        c.store(ea + 2 * bytes, X87State.fullTag(f) | filler, bytes);
        if (linearPointers(c)) {
            long ip = f.lastIp + (f.lastCs << 4);
            long dp = f.lastDp + (f.lastDs << 4);
            c.store(ea + 3 * bytes, ip & 0xffff, bytes);
            c.store(ea + 4 * bytes, (ip >>> 16 & 0xffff) << 12 | f.lastOpcode, bytes);
            c.store(ea + 5 * bytes, dp & 0xffff, bytes);
            c.store(ea + 6 * bytes, (dp >>> 16 & 0xffff) << 12, bytes);
        } else {
            c.store(ea + 3 * bytes, f.lastIp, bytes);
            c.store(ea + 4 * bytes, X87Pointers.cs(f) | f.lastOpcode << 16, bytes);
            c.store(ea + 5 * bytes, f.lastDp, bytes);
            c.store(ea + 6 * bytes, X87Pointers.ds(f) | filler, bytes);
        }
    }

    private static void loadEnvironment(Cpu c, long ea, boolean small) {
        FpuState f = c.fpu;
        f.forget();
        int bytes = small ? 2 : 4;
        int control = c.load16(ea);
        int status = c.load16(ea + bytes) & 0xffff;
        f.tag = c.load16(ea + 2 * bytes) & 0xffff;
        long mask = small ? 0xffff : 0xffffffffL;
        long ip = c.load(ea + 3 * bytes, bytes) & mask;
        int second = (int) c.load(ea + 4 * bytes, bytes);
        long dp = c.load(ea + 5 * bytes, bytes) & mask;
        int fourth = (int) c.load(ea + 6 * bytes, bytes);
        if (linearPointers(c)) {
            f.lastIp = ip & 0xffff | (second >>> 12 & (small ? 15 : 0xffff)) << 16 & 0xffffffffL;
            f.lastCs = 0;
            f.lastOpcode = second & 0x7ff;
            f.lastDp = dp & 0xffff | (fourth >>> 12 & (small ? 15 : 0xffff)) << 16 & 0xffffffffL;
            f.lastDs = 0;
        } else {
            f.lastIp = ip;
            f.lastCs = second & 0xffff;
            f.lastOpcode = small ? 0 : second >>> 16 & 0x7ff;
            f.lastDp = dp;
            f.lastDs = fourth & 0xffff;
        }
        f.control = X87State.controlWord(control);
        f.status = status;
        X87State.updateSummary(f);
    }
}
