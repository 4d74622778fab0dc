package org.xenolith.cpu.vmx;

import org.xenolith.cpu.decode.Decoder;
import org.xenolith.cpu.decode.Instruction;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.ExitReason;

/**
 * VM-exit instruction information of instructions with operands (SDM vol. 3C, tables 28-10 to
 * 28-15), and the displacement that is their exit qualification. The instruction at RIP is decoded
 * anew: exits are rarer than instructions, which so need not know of this.
 */
final class InstructionDetails {
    private static final long WITH_MEMORY =
            bits(
                    ExitReason.VMCLEAR,
                    ExitReason.VMPTRLD,
                    ExitReason.VMPTRST,
                    ExitReason.VMREAD,
                    ExitReason.VMWRITE,
                    ExitReason.VMXON,
                    ExitReason.GDTR_OR_IDTR,
                    ExitReason.LDTR_OR_TR,
                    ExitReason.INVEPT,
                    ExitReason.INVVPID,
                    ExitReason.INVPCID,
                    ExitReason.XSAVES,
                    ExitReason.XRSTORS);
    private static final long WITH_REGISTER = bits(ExitReason.RDRAND, ExitReason.RDSEED);

    private static final int REGISTER_1_SHIFT = 3;
    private static final int ADDRESS_SIZE_SHIFT = 7;
    private static final int REGISTER_FORM = 1 << 10;
    private static final int OPERAND_SIZE_SHIFT = 11;
    private static final int SEGMENT_SHIFT = 15;
    private static final int INDEX_SHIFT = 18;
    private static final int NO_INDEX = 1 << 22;
    private static final int BASE_SHIFT = 23;
    private static final int NO_BASE = 1 << 27;
    private static final int REGISTER_2_SHIFT = 28;

    private final Cpu cpu;
    private final Decoder decoder = new Decoder();
    private final byte[] bytes = new byte[Decoder.MAX_LENGTH];

    /** Result: the instruction information. */
    int information;

    /** Result: the exit qualification. */
    long qualification;

    InstructionDetails(Cpu cpu) {
        this.cpu = cpu;
    }

    private static long bits(int... reasons) {
        long set = 0;
        for (int reason : reasons) {
            set |= 1L << reason;
        }
        return set;
    }

    /**
     * Looks at the instruction at RIP if exits for that reason have such details.
     *
     * @param length of the instruction in bytes
     * @return whether the results are set
     */
    boolean find(int reason, int length) {
        boolean memory = (WITH_MEMORY >>> reason & 1) != 0;
        if (!memory && (WITH_REGISTER >>> reason & 1) == 0 || length == 0 || !fetch(length)) {
            return false;
        }
        Instruction in = decoder.instruction;
        qualification = 0;
        information = memory ? operand(in, length) : 0;
        switch (reason) {
            case ExitReason.RDRAND, ExitReason.RDSEED ->
                    information =
                            in.rm << REGISTER_1_SHIFT | log(in.operandSize) << OPERAND_SIZE_SHIFT;
            case ExitReason.GDTR_OR_IDTR -> {
                int wide = in.operandSize == 2 ? 0 : 1 << OPERAND_SIZE_SHIFT;
                information |= identity(in) | wide;
            }
            case ExitReason.LDTR_OR_TR -> information |= identity(in);
            default -> information |= in.reg << REGISTER_2_SHIFT;
        }
        return true;
    }

    private boolean fetch(int length) {
        try {
            long at = cpu.codeAddress();
            for (int i = 0; i < length; i++) {
                long maddr = cpu.executable(at + i);
                bytes[i] = cpu.ram.contains(maddr, 1) ? cpu.ram.get8(maddr) : 0;
            }
        } catch (CpuFault fault) {
            return false;
        }
        return decoder.decode(bytes, length, cpu.mode & Cpu.MODE_SIZE) == Decoder.Result.OK;
    }

    private int operand(Instruction in, int length) {
        if (!in.memory) {
            return REGISTER_FORM | in.rm << REGISTER_1_SHIFT;
        }
        qualification = in.displacement + (in.ripRelative ? cpu.rip + length : 0);
        return in.shift
                | log(in.addressSize) << ADDRESS_SIZE_SHIFT
                | in.memorySegment << SEGMENT_SHIFT
                | (in.index < 0 ? NO_INDEX : in.index << INDEX_SHIFT)
                | (in.base < 0 ? NO_BASE : in.base << BASE_SHIFT);
    }

    /** Sizes of 2, 4 and 8 bytes as 0, 1 and 2. */
    private static int log(int size) {
        return size >>> 2;
    }

    /** Which of the four instructions of a group it was, by ModRM.reg. */
    private static int identity(Instruction in) {
        return (in.modrm >> 3 & 3) << REGISTER_2_SHIFT;
    }
}
