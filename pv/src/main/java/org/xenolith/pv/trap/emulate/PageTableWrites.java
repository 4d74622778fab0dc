package org.xenolith.pv.trap.emulate;

import org.xenolith.cpu.decode.Instruction;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.Registers;
import org.xenolith.pv.mm.PvMemory;
import org.xenolith.pv.trap.state.GuestWindow;
import org.xenolith.pv.trap.state.VcpuState;

/**
 * Stores to page tables. A guest maps its tables read-only; with the writable_pagetables assist it
 * may store to a bottom-level one all the same: the store faults, is decoded here, and is carried
 * out by {@link PvMemory} if the new entry is valid.
 *
 * <p>Handles the stores that kernels use on page-table entries: MOV, MOVNTI, XCHG, XADD, CMPXCHG,
 * CMPXCHG8B, the arithmetic and bit operations with a memory destination, STOS and MOVS.
 */
public final class PageTableWrites {
    private final VcpuState state;
    private final Cpu cpu;
    private final PvMemory memory;
    private final GuestCode code;
    private final GuestWindow source;

    /** An emulator for one processor. */
    public PageTableWrites(VcpuState state, PvMemory memory, GuestCode code) {
        this.state = state;
        this.cpu = state.cpu;
        this.memory = memory;
        this.code = code;
        this.source = new GuestWindow(state.vcpu);
    }

    /**
     * Carries out the store at rip, which faulted at {@code gva}.
     *
     * @return false if it is no store to a bottom-level page table, or one that is not valid: the
     *     guest then gets its page fault
     */
    public boolean emulate(long gva) {
        if (!memory.isTableWrite(state.vcpu, gva)) {
            return false;
        }
        Instruction in = code.decode();
        return in != null && execute(in, gva);
    }

    private boolean execute(Instruction in, long gva) {
        int key = GuestCode.key(in);
        int size = (in.opcodeByte & 1) == 0 ? 1 : in.operandSize;
        switch (key) {
            case 0xaa, 0xab -> {
                return stringStore(in, gva, size, cpu.regs[Registers.RAX]);
            }
            case 0xa4, 0xa5 -> {
                long from = code.segmented(in, cpu.regs[Registers.RSI]);
                if (!source.open(from, size, GuestWindow.READ)) {
                    return false;
                }
                long value = 0;
                for (int i = size - 1; i >= 0; i--) {
                    value = value << 8 | source.get8(i);
                }
                return stringStore(in, gva, size, value);
            }
            case 0xa2, 0xa3 -> {
                long va = code.segmented(in, in.displacement);
                return store(gva, va, size, cpu.regs[Registers.RAX]) && retire(in);
            }
            default -> {
                return in.memory && memoryOperand(in, key, size, gva);
            }
        }
    }

    private boolean memoryOperand(Instruction in, int key, int size, long gva) {
        long va = code.address(in);
        switch (key) {
            case 0x88, 0x89 -> {
                return store(gva, va, size, register(in, size)) && retire(in);
            }
            case 0x1c3 -> {
                return store(gva, va, in.operandSize, register(in, in.operandSize)) && retire(in);
            }
            case 0xc6, 0xc7 -> {
                return store(gva, va, size, in.immediate) && retire(in);
            }
            case 0x86, 0x87, 0x1c0, 0x1c1 -> {
                return exchange(in, key, gva, va, size);
            }
            case 0x1b0, 0x1b1 -> {
                return compareExchange(in, gva, va, size);
            }
            case 0x1c7 -> {
                return (in.modrm >> 3 & 7) == 1 && !in.rexW && compareExchange8(in, gva, va);
            }
            case 0x1ab, 0x1b3, 0x1bb -> {
                int width = in.operandSize;
                long bit = cpu.readReg(in.reg, width);
                long at = va + (bit >> 3 & -(long) width);
                return bitOperation(in, in.opcodeByte >> 3 & 3, gva, at, width, bit);
            }
            case 0x1ba -> {
                int operation = (in.modrm >> 3 & 7) - 4;
                return operation > 0
                        && bitOperation(in, operation, gva, va, in.operandSize, in.immediate);
            }
            case 0xfe, 0xff, 0xf6, 0xf7 -> {
                return unary(in, key, gva, va, size);
            }
            default -> {
                return arithmetic(in, key, gva, va, size);
            }
        }
    }

    /** ADD to XOR, both with a register and with an immediate source. */
    private boolean arithmetic(Instruction in, int key, long gva, long va, int size) {
        int operation;
        long b;
        if (key >= 0x80 && key <= 0x83) {
            operation = in.modrm >> 3 & 7;
            b = in.immediate;
        } else if (key < 0x40 && (key & 6) == 0) {
            operation = key >> 3;
            b = register(in, size);
        } else {
            return false;
        }
        if (operation == 7 || !inside(gva, va, size)) {
            return false;
        }
        long a = read(va, size);
        b = extend(b, size);
        int carry = Flags.cf(cpu) ? 1 : 0;
        long r =
                switch (operation) {
                    case 0 -> a + b;
                    case 1 -> a | b;
                    case 2 -> a + b + carry;
                    case 3 -> a - b - carry;
                    case 4 -> a & b;
                    case 5 -> a - b;
                    default -> a ^ b;
                };
        r = extend(r, size);
        if (!store(gva, va, size, r)) {
            return false;
        }
        switch (operation) {
            case 0, 2 -> flags(Flags.ADD, a, b, r);
            case 3 -> flags(carry == 0 ? Flags.SUB : Flags.SBB, a, b, r);
            case 5 -> flags(Flags.SUB, a, b, r);
            default -> Flags.logic(cpu, r);
        }
        return retire(in);
    }

    /** INC, DEC, NOT, NEG. */
    private boolean unary(Instruction in, int key, long gva, long va, int size) {
        boolean increments = key >= 0xfe;
        int operation = in.modrm >> 3 & 7;
        if ((increments ? operation > 1 : operation != 2 && operation != 3)
                || !inside(gva, va, size)) {
            return false;
        }
        long a = read(va, size);
        long r =
                extend(
                        increments ? operation == 0 ? a + 1 : a - 1 : operation == 2 ? ~a : -a,
                        size);
        if (!store(gva, va, size, r)) {
            return false;
        }
        if (increments) {
            flags(operation == 0 ? Flags.INC : Flags.DEC, a, Flags.carry(cpu), r);
        } else if (operation == 3) {
            flags(Flags.SUB, 0, a, r);
        }
        return retire(in);
    }

    /**
     * BTS, BTR and BTC.
     *
     * @param operation 1 set, 2 reset, 3 complement
     */
    private boolean bitOperation(
            Instruction in, int operation, long gva, long va, int width, long bitNumber) {
        if (operation == 0 || !inside(gva, va, width)) {
            return false;
        }
        long bit = 1L << (bitNumber & width * 8 - 1);
        long a = read(va, width);
        long r = operation == 1 ? a | bit : operation == 2 ? a & ~bit : a ^ bit;
        if (!store(gva, va, width, r)) {
            return false;
        }
        Flags.setCarry(cpu, (a & bit) != 0 ? 1 : 0);
        return retire(in);
    }

    private boolean exchange(Instruction in, int key, long gva, long va, int size) {
        if (!inside(gva, va, size)) {
            return false;
        }
        long a = read(va, size);
        long b = register(in, size);
        boolean adds = key >= 0x100;
        long r = adds ? extend(a + b, size) : b;
        if (!store(gva, va, size, r)) {
            return false;
        }
        cpu.writeReg(GuestCode.register(in, in.reg, size), a, size);
        if (adds) {
            flags(Flags.ADD, a, b, r);
        }
        return retire(in);
    }

    private boolean compareExchange(Instruction in, long gva, long va, int size) {
        if (!inside(gva, va, size)) {
            return false;
        }
        long expected = cpu.readReg(Registers.RAX, size);
        long a = read(va, size);
        if (a == expected) {
            if (!store(gva, va, size, register(in, size))) {
                return false;
            }
        } else {
            cpu.writeReg(Registers.RAX, a, size);
        }
        flags(Flags.SUB, expected, a, extend(expected - a, size));
        return retire(in);
    }

    private boolean compareExchange8(Instruction in, long gva, long va) {
        if (!inside(gva, va, 8)) {
            return false;
        }
        long expected = pair(Registers.RDX, Registers.RAX);
        long a = read(va, 8);
        boolean equal = a == expected;
        if (equal) {
            if (!store(gva, va, 8, pair(Registers.RCX, Registers.RBX))) {
                return false;
            }
        } else {
            cpu.regs[Registers.RAX] = a & 0xffffffffL;
            cpu.regs[Registers.RDX] = a >>> 32;
        }
        int others = Flags.arithmetic(cpu) & ~Flags.ZF;
        Flags.setArithmetic(cpu, others | (equal ? Flags.ZF : 0));
        return retire(in);
    }

    private long pair(int high, int low) {
        return cpu.regs[high] << 32 | cpu.regs[low] & 0xffffffffL;
    }

    /** One element of STOS or MOVS; a repeated one returns to the instruction for the next. */
    private boolean stringStore(Instruction in, long gva, int size, long value) {
        long to = cpu.regs[Registers.RDI];
        if (!store(gva, in.addressSize == 4 ? to & 0xffffffffL : to, size, value)) {
            return false;
        }
        long step = (cpu.eflags & Flags.DF) != 0 ? -size : size;
        cpu.writeReg(Registers.RDI, to + step, in.addressSize);
        if (in.opcodeByte < 0xaa) {
            cpu.writeReg(Registers.RSI, cpu.regs[Registers.RSI] + step, in.addressSize);
        }
        if (in.repeat != 0) {
            cpu.writeReg(Registers.RCX, cpu.regs[Registers.RCX] - 1, in.addressSize);
            return true; // rip stays: the instruction itself finds out whether RCX is 0
        }
        return retire(in);
    }

    /** Whether an operand is naturally aligned and in the page that faulted. */
    private static boolean inside(long gva, long va, int size) {
        return ((va ^ gva) & ~4095L) == 0 && (va & size - 1) == 0;
    }

    private boolean store(long gva, long va, int size, long value) {
        return inside(gva, va, size) && memory.emulateWrite(state.vcpu, va, size, value) == 0;
    }

    private long read(long va, int size) {
        return extend(memory.readTable(state.vcpu, va, size), size);
    }

    private long register(Instruction in, int size) {
        return cpu.readReg(GuestCode.register(in, in.reg, size), size);
    }

    private static long extend(long value, int size) {
        int unused = 64 - 8 * size;
        return value << unused >> unused;
    }

    private void flags(int kind, long a, long b, long r) {
        cpu.flagKind = kind;
        cpu.flagA = a;
        cpu.flagB = b;
        cpu.flagR = r;
    }

    private boolean retire(Instruction in) {
        code.retire(in);
        return true;
    }
}
