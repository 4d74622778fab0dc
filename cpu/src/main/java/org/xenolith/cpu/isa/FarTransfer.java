package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.system.FarControl;
import org.xenolith.cpu.system.InterruptReturn;

/**
 * Transfers between segments, software interrupts and the return from them (SDM vol. 1, 6.4 and
 * 6.5).
 */
public final class FarTransfer {
    private FarTransfer() {}

    public static void jmpFar(Cpu c, long offset, long selector, int operandSize) {
        FarControl.jump(c, (int) selector, offset, operandSize);
    }

    public static void callFar(Cpu c, long offset, long selector, int operandSize) {
        FarControl.call(c, (int) selector, offset, operandSize);
    }

    public static void jmpFarMemory(
            Cpu c, long offset, int operandSize, int addressSize, int memorySegment) {
        long target = part(c, offset, 0, operandSize, addressSize, memorySegment);
        long selector = part(c, offset, operandSize, 2, addressSize, memorySegment);
        FarControl.jump(c, (int) selector, target, operandSize);
    }

    public static void callFarMemory(
            Cpu c, long offset, int operandSize, int addressSize, int memorySegment) {
        long target = part(c, offset, 0, operandSize, addressSize, memorySegment);
        long selector = part(c, offset, operandSize, 2, addressSize, memorySegment);
        FarControl.call(c, (int) selector, target, operandSize);
    }

    /**
     * Loads, sign-extended, a part of an operand of two. Either is checked alone, and where the
     * address size ends the second follows at offset 0, as an 80286 has it.
     */
    static long part(Cpu c, long offset, int part, int size, int addressSize, int segment) {
        long at = Bits.zext(offset + part, addressSize);
        return c.load(c.linear(segment, at, size, false), size);
    }

    public static void retFar(Cpu c, int operandSize) {
        FarControl.ret(c, 0, operandSize);
    }

    public static void retFarAndPop(Cpu c, long bytes, int operandSize) {
        FarControl.ret(c, (int) bytes & 0xffff, operandSize);
    }

    public static void iret(Cpu c, int operandSize) {
        InterruptReturn.iret(c, operandSize);
    }

    public static void int3(Cpu c, int length) {
        c.supervisor.softwareException(c, CpuFault.BP, length);
    }

    public static void into(Cpu c, int length) {
        if (Flags.of(c)) {
            c.supervisor.softwareException(c, CpuFault.OF, length);
        }
    }

    public static void icebp(Cpu c, int length) {
        c.supervisor.debugInterrupt(c, length);
    }

    public static void interrupt(Cpu c, long vector, int length) {
        c.supervisor.softwareInterrupt(c, (int) vector & 0xff, length);
    }

    public static void syscall(Cpu c) {
        c.supervisor.syscall(c);
    }

    /** BOUND: #BR if the signed index lies outside the pair of bounds in memory. */
    public static void bound(
            Cpu c, long index, long offset, int size, int addressSize, int memorySegment) {
        long low = part(c, offset, 0, size, addressSize, memorySegment);
        long high = part(c, offset, size, size, addressSize, memorySegment);
        if (index < low || index > high) {
            throw c.fault(CpuFault.BR, 0);
        }
    }
}
