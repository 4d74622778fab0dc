package org.xenolith.cpu.host;

import org.xenolith.cpu.decode.Instruction;
import org.xenolith.cpu.decode.Opcode;
import org.xenolith.cpu.state.CpuFault;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Results of instructions in which the makers' processors differ, brought to what ours does. */
final class Disagreements {
    private static final int C1_HIGH = 2;
    private static final RowSet COMPARES = RowSet.named("FU?COMIP?");

    /** MXCSR.MM: AMD's processors can allow misaligned operands, and do not fault if it is set. */
    private static final int MXCSR_MM = 2; // in the third byte

    private static final int MXCSR_AT = 24;

    /** The page in which Linux has INT3 for old programs' calls: jumps to it do not fault. */
    private static final long VSYSCALL = 0xffffffffff600000L;

    private Disagreements() {}

    /** Whether a case shows only what the host has and no processor of ours. */
    static boolean isOfHost(HostState after) {
        return (after.fx[MXCSR_AT + 2] & MXCSR_MM) != 0
                || after.vector == 3 && (after.rip & ~4095L) == VSYSCALL;
    }

    /** Changes the state after a case on hardware. */
    static void level(Instruction in, HostState after) {
        Opcode row = in.opcode;
        if (row == null) {
            return;
        }
        if (after.vector >= CpuFault.SS
                && after.vector <= CpuFault.PF
                && row.semantic().startsWith("gather")) {
            extendMask(in, after);
        }
        if (after.vector == 3 && COMPARES.contains(row)) {
            after.fx[3] &= ~C1_HIGH; // Intel clears C1, AMD keeps it
        }
    }

    /**
     * After a fault, Intel's gathers leave a mask whose elements have been extended from their top
     * bits and are followed by zeros, as the SDM says, and AMD's one of which they have cleared
     * what is done.
     */
    private static void extendMask(Instruction in, HostState after) {
        int bytes = in.rexW ? 8 : 4;
        boolean quadIndexes = (in.opcodeByte & 1) != 0;
        int elements = in.vectorLength / (quadIndexes ? 8 : bytes);
        for (int i = 0; i < 32 / bytes; i++) {
            int at = i * bytes;
            ByteBuffer b =
                    at < 16
                            ? ByteBuffer.wrap(after.fx, 160 + 16 * in.vvvv + at, bytes)
                            : ByteBuffer.wrap(after.ymm, 16 * in.vvvv + at - 16, bytes);
            b.order(ByteOrder.LITTLE_ENDIAN);
            int where = b.position();
            if (i >= elements) {
                b.put(new byte[bytes]);
            } else if (bytes == 8) {
                b.putLong(where, b.getLong(where) >> 63);
            } else {
                b.putInt(where, b.getInt(where) >> 31);
            }
        }
    }
}
