package org.xenolith.cpu.conformance;

/**
 * One recorded instruction.
 *
 * @param index in its file
 * @param text the instruction as the suite's disassembler spells it
 * @param code its bytes; those from an 80286 end with the HLT behind it
 * @param before registers and memory that it starts with, all registers given
 * @param after those that have changed
 * @param exception vector of the exception or interrupt that was taken, or -1 if the suite names
 *     none
 */
record Vector(int index, String text, byte[] code, State before, State after, int exception) {
    /** Names of the registers by index. */
    static final String[] REGISTERS = {
        "ax", "bx", "cx", "dx", "cs", "ss", "ds", "es", "sp", "bp", "si", "di", "ip", "flags"
    };

    static final int AX = 0;
    static final int CX = 2;
    static final int CS = 4;
    static final int SS = 5;
    static final int DS = 6;
    static final int ES = 7;
    static final int SP = 8;
    static final int IP = 12;
    static final int FLAGS = 13;

    /**
     * Registers and memory.
     *
     * @param given bit n: register n has a value here
     * @param registers by index, 0 to 0xffff
     * @param addresses physical
     * @param bytes what is there
     */
    record State(int given, int[] registers, int[] addresses, byte[] bytes) {
        /** Of no registers and no memory. */
        static final State NONE = new State(0, new int[REGISTERS.length], new int[0], new byte[0]);

        /** Whether it has a byte at an address. */
        boolean names(int address) {
            return byteAt(address) >= 0;
        }

        /** The byte at an address, 0 to 255, or -1 if it has none. */
        int byteAt(int address) {
            for (int i = 0; i < addresses.length; i++) {
                if (addresses[i] == address) {
                    return bytes[i] & 0xff;
                }
            }
            return -1;
        }
    }

    /** Value that a register ends with. */
    int expected(int register) {
        State state = changes(register) ? after : before;
        return state.registers()[register];
    }

    /** Whether a register changes. */
    boolean changes(int register) {
        return (after.given() >> register & 1) != 0;
    }

    /** Whether it reads or writes memory at a physical address. */
    boolean accesses(int address) {
        return before.names(address) || after.names(address);
    }

    int initial(int register) {
        return before.registers()[register];
    }

    /** Whether the instruction has a prefix. */
    boolean hasPrefix(int prefix) {
        for (int i = 0; i < opcodeAt(); i++) {
            if ((code[i] & 0xff) == prefix) {
                return true;
            }
        }
        return false;
    }

    /** The last segment override, or 0. */
    int segmentOverride() {
        int found = 0;
        for (int i = 0; i < opcodeAt(); i++) {
            found = (code[i] & 0xe7) == 0x26 ? code[i] : found;
        }
        return found;
    }

    /** Whether a memory operand by ModRM lies in the stack segment. */
    boolean addressesStack() {
        int rm = modRm() & 7;
        int mod = modRm() >> 6;
        boolean basePointer = rm == 2 || rm == 3 || rm == 6 && mod != 0;
        int override = segmentOverride();
        return mod != 3 && (override == 0x36 || override == 0 && basePointer);
    }

    /** Physical address of what lies some bytes from the initial top of the stack. */
    int stackAddress(int offset) {
        return (initial(SS) << 4) + (initial(SP) + offset & 0xffff);
    }

    /** First byte of the opcode. */
    int opcode() {
        return code[opcodeAt()] & 0xff;
    }

    /** Byte behind the first of the opcode: its ModRM byte if it has one. */
    int modRm() {
        int at = opcodeAt() + 1;
        return at < code.length ? code[at] & 0xff : 0;
    }

    private int opcodeAt() {
        int i = 0;
        while (i < code.length - 1 && isPrefix(code[i] & 0xff)) {
            i++;
        }
        return i;
    }

    private static boolean isPrefix(int value) {
        return switch (value) {
            case 0x26, 0x2e, 0x36, 0x3e, 0xf0, 0xf2, 0xf3 -> true;
            default -> false;
        };
    }
}
