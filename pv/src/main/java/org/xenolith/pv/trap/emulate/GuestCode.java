package org.xenolith.pv.trap.emulate;

import org.xenolith.cpu.decode.Decoder;
import org.xenolith.cpu.decode.Instruction;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;
import org.xenolith.pv.trap.state.GuestWindow;
import org.xenolith.pv.trap.state.VcpuState;

/** Fetches and decodes the guest's current instruction, and finds its operands. */
public final class GuestCode {
    private final Cpu cpu;
    private final Decoder decoder = new Decoder();
    private final byte[] bytes = new byte[Decoder.MAX_LENGTH];
    private final GuestWindow window;

    /** A decoder for the code that runs on one processor. */
    public GuestCode(VcpuState state) {
        this.cpu = state.cpu;
        this.window = new GuestWindow(state.vcpu);
    }

    /**
     * Decodes the instruction at rip.
     *
     * @return the instruction, valid until the next call, or null if it cannot be fetched or is not
     *     in the processor's table
     */
    Instruction decode() {
        int available = fetch(Decoder.MAX_LENGTH);
        if (available == 0 || decoder.decode(bytes, available) != Decoder.Result.OK) {
            return null;
        }
        return decoder.instruction.opcode == null ? null : decoder.instruction;
    }

    /** Reads up to {@code length} bytes at rip into {@link #code}; returns how many there are. */
    int fetch(int length) {
        int available = window.openCode(cpu.rip, length);
        for (int i = 0; i < available; i++) {
            bytes[i] = (byte) window.get8(i);
        }
        return available;
    }

    /** A byte of the last {@link #fetch}. */
    int code(int index) {
        return bytes[index] & 0xff;
    }

    /** Map and last opcode byte as one number: {@code 0x122} is {@code 0F 22}. */
    static int key(Instruction in) {
        return in.opcode.map() << 8 | in.opcodeByte;
    }

    /** Linear address of the memory operand. */
    long address(Instruction in) {
        long ea = in.displacement;
        if (in.ripRelative) {
            ea += cpu.rip + in.length;
        }
        if (in.base >= 0) {
            ea += cpu.regs[in.base];
        }
        if (in.index >= 0) {
            ea += cpu.regs[in.index] << in.shift;
        }
        return segmented(in, ea);
    }

    /** Adds a segment override's base to an offset of the instruction's address size. */
    long segmented(Instruction in, long offset) {
        long ea = in.addressSize == 4 ? offset & 0xffffffffL : offset;
        return in.segment < 0 ? ea : ea + cpu.segmentBase[in.segment];
    }

    /** Number for {@code readReg} and {@code writeReg} of a register operand. */
    static int register(Instruction in, int number, int size) {
        return size == 1 && !in.rex && number >= 4 && number < 8 ? number + 16 : number;
    }

    /** Moves rip behind the instruction and clears RF. */
    void retire(Instruction in) {
        cpu.rip += in.length;
        cpu.eflags &= ~(long) Flags.RF;
    }
}
