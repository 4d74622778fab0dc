package org.xenolith.cpu.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenolith.cpu.decode.Instruction;
import org.xenolith.cpu.decode.Opcode;
import org.xenolith.cpu.decode.OpcodeTable;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;

import java.util.Arrays;
import java.util.HexFormat;

/** On the host a case ends the same whether by a jump, which is fast, or by INT3. */
class HostEndingTest {
    private static final int CASES = 16;
    private static final int EVERY = 5;

    /** Bytes of an FXSAVE image that hold where the last x87 instruction was; not compared. */
    private static final int POINTERS = 6;

    private static final int BEHIND_POINTERS = 24;

    private final HostState jumped = new HostState();
    private final HostState trapped = new HostState();

    @ParameterizedTest
    @ValueSource(ints = {64, 32, 16})
    void bothEndingsGiveTheSameState(int bits) throws Exception {
        int count = 0;
        int compared = 0;
        try (HostCpu host = HostComparisonTest.start()) {
            Assumptions.assumeTrue(bits != 16 || host.hasLocalSegments(), "no modify_ldt");
            for (Opcode row : OpcodeTable.get().rows()) {
                for (Form form : Form.of(row, bits)) {
                    // a memory operand may be what ends the case
                    if (!form.memory() && !NotCompared.covers(form) && here(row)) {
                        if (count++ % EVERY == 0) {
                            compared += compare(host, form);
                        }
                    }
                }
            }
        }
        assertTrue(compared > 1000, "cases: " + compared);
    }

    private static boolean here(Opcode row) throws Exception {
        for (String feature : row.allFeatures()) {
            if (!HostCpu.has(feature)) {
                return false;
            }
        }
        return true;
    }

    private int compare(HostCpu host, Form form) throws Exception {
        CaseRandom random = new CaseRandom(form.toString().hashCode());
        CaseGenerator encoder = new CaseGenerator(random);
        StateGenerator states = new StateGenerator(random, host.hasLocalSegments());
        HostState before = new HostState();
        int compared = 0;
        for (int i = 0; i < CASES; i++) {
            byte[] code = encoder.encode(form);
            Instruction in = encoder.instruction();
            if (!Comparison.isStraight(in)) {
                continue;
            }
            states.fill(form, in, code, before, i % 2 == 0);
            host.put(0, code, before, true);
            host.put(1, code, before, false);
            host.run(2);
            host.get(0, jumped);
            host.get(1, trapped);
            assertSame(form + " " + HexFormat.of().formatHex(code), before.long64());
            compared++;
        }
        return compared;
    }

    private void assertSame(String what, boolean long64) {
        assertEquals(trapped.vector, jumped.vector, what);
        assertEquals(trapped.rip, jumped.rip, what);
        assertEquals(trapped.rflags & ~(long) Flags.RF, jumped.rflags & ~(long) Flags.RF, what);
        if (trapped.vector == CpuFault.PF) {
            assertEquals(trapped.cr2, jumped.cr2, what);
        }
        for (int i = 0; i < (long64 ? 16 : 8); i++) {
            long mask = long64 ? -1 : 0xffffffffL;
            assertEquals(trapped.gpr[i] & mask, jumped.gpr[i] & mask, what + " register " + i);
        }
        assertArrayEquals(trapped.selectors, jumped.selectors, what);
        assertArrayEquals(trapped.bases, jumped.bases, what);
        for (HostState state : new HostState[] {trapped, jumped}) {
            Arrays.fill(state.fx, POINTERS, BEHIND_POINTERS, (byte) 0);
        }
        assertArrayEquals(trapped.fx, jumped.fx, what);
        assertArrayEquals(trapped.ymm, jumped.ymm, what);
        assertArrayEquals(trapped.data, jumped.data, what);
    }
}
