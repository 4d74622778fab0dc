package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.ExitReason;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.NonRoot;
import org.xenolith.cpu.system.SystemSegments;

/** Segment registers, descriptor tables and questions about descriptors (SDM vol. 3A, 2.8.1). */
public final class Descriptors {
    private Descriptors() {}

    public static long movFromSegment(Cpu c, int register) {
        return c.selector[register];
    }

    public static void movToSegment(Cpu c, int register, long selector) {
        c.loadSegment(register, (int) selector);
        if (register == Cpu.SS) {
            c.inhibitDebug();
        }
    }

    public static long les(Cpu c, long offset, int size, int addressSize, int memorySegment) {
        return loadFar(c, Cpu.ES, offset, size, addressSize, memorySegment);
    }

    public static long lds(Cpu c, long offset, int size, int addressSize, int memorySegment) {
        return loadFar(c, Cpu.DS, offset, size, addressSize, memorySegment);
    }

    public static long lss(Cpu c, long offset, int size, int addressSize, int memorySegment) {
        return loadFar(c, Cpu.SS, offset, size, addressSize, memorySegment);
    }

    public static long lfs(Cpu c, long offset, int size, int addressSize, int memorySegment) {
        return loadFar(c, Cpu.FS, offset, size, addressSize, memorySegment);
    }

    public static long lgs(Cpu c, long offset, int size, int addressSize, int memorySegment) {
        return loadFar(c, Cpu.GS, offset, size, addressSize, memorySegment);
    }

    private static long loadFar(
            Cpu c, int register, long at, int size, int addressSize, int segment) {
        long offset = FarTransfer.part(c, at, 0, size, addressSize, segment);
        long selector = FarTransfer.part(c, at, size, 2, addressSize, segment);
        c.loadSegment(register, (int) selector);
        return offset;
    }

    public static void sgdt(Cpu c, long ea) {
        SystemSegments.requireNoUmip(c);
        NonRoot.check(c, ExitReason.GDTR_OR_IDTR);
        storeTable(c, ea, c.gdtLimit, c.gdtBase);
    }

    public static void sidt(Cpu c, long ea) {
        SystemSegments.requireNoUmip(c);
        NonRoot.check(c, ExitReason.GDTR_OR_IDTR);
        storeTable(c, ea, c.idtLimit, c.idtBase);
    }

    private static void storeTable(Cpu c, long ea, int limit, long base) {
        boolean mode64 = (c.mode & Cpu.MODE_SIZE) == Cpu.MODE_64;
        c.checkWrite(ea, mode64 ? 10 : 6);
        c.store16(ea, (short) limit);
        if (mode64) {
            c.store64(ea + 2, base);
        } else {
            c.store32(ea + 2, (int) base);
        }
    }

    public static void lgdt(Cpu c, long ea, int operandSize) {
        c.requireRing0();
        NonRoot.check(c, ExitReason.GDTR_OR_IDTR);
        int limit = c.load16(ea) & 0xffff;
        c.gdtBase = tableBase(c, ea + 2, operandSize);
        c.gdtLimit = limit;
    }

    public static void lidt(Cpu c, long ea, int operandSize) {
        c.requireRing0();
        NonRoot.check(c, ExitReason.GDTR_OR_IDTR);
        int limit = c.load16(ea) & 0xffff;
        c.idtBase = tableBase(c, ea + 2, operandSize);
        c.idtLimit = limit;
    }

    /** 64 bits in 64-bit mode, else 32, of which 16-bit operands use 24. */
    private static long tableBase(Cpu c, long ea, int operandSize) {
        if ((c.mode & Cpu.MODE_SIZE) != Cpu.MODE_64) {
            return c.load32(ea) & (operandSize == 2 ? 0xffffffL : 0xffffffffL);
        }
        long base = c.load64(ea);
        if (!c.canonicalBase(base)) {
            throw c.generalProtection();
        }
        return base;
    }

    public static long sldt(Cpu c) {
        return storeSelector(c, Cpu.LDTR);
    }

    public static long str(Cpu c) {
        return storeSelector(c, Cpu.TR);
    }

    private static long storeSelector(Cpu c, int register) {
        SystemSegments.requireProtected(c);
        SystemSegments.requireNoUmip(c);
        NonRoot.check(c, ExitReason.LDTR_OR_TR);
        return c.selector[register];
    }

    public static void lldt(Cpu c, long selector) {
        NonRoot.check(c, ExitReason.LDTR_OR_TR);
        SystemSegments.loadLocalTable(c, (int) selector);
    }

    public static void ltr(Cpu c, long selector) {
        NonRoot.check(c, ExitReason.LDTR_OR_TR);
        SystemSegments.loadTaskRegister(c, (int) selector);
    }

    public static void verr(Cpu c, long selector) {
        SystemSegments.verify(c, (int) selector, false);
    }

    public static void verw(Cpu c, long selector) {
        SystemSegments.verify(c, (int) selector, true);
    }

    /** LAR: leaves the destination alone, not even zero-extended, if it fails. */
    public static void lar(Cpu c, int destination, long selector, int size) {
        long rights = SystemSegments.accessRights(c, (int) selector);
        if (Flags.zf(c)) {
            c.writeReg(destination, rights, size);
        }
    }

    /** LSL, as {@link #lar}. */
    public static void lsl(Cpu c, int destination, long selector, int size) {
        long limit = SystemSegments.segmentLimit(c, (int) selector);
        if (Flags.zf(c)) {
            c.writeReg(destination, limit, size);
        }
    }

    public static long arpl(Cpu c, long selector, long source) {
        return SystemSegments.adjustPrivilege(c, selector, source);
    }

    /** Memory is written to, and has to be writable, only if the selector changes. */
    public static void arplMemory(
            Cpu c, long offset, long source, int addressSize, int memorySegment) {
        SystemSegments.requireProtected(c);
        long selector = FarTransfer.part(c, offset, 0, 2, addressSize, memorySegment);
        boolean raise = (selector & 3) < (source & 3);
        if (raise) {
            c.checkWrite(c.linear(memorySegment, offset, 2, true), 2);
        }
        long adjusted = SystemSegments.adjustPrivilege(c, selector, source);
        if (raise) {
            c.store(c.linear(memorySegment, offset, 2, true), adjusted, 2);
        }
    }
}
