package org.xenolith.cpu.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenolith.cpu.decode.Instruction;
import org.xenolith.cpu.decode.Opcode;
import org.xenolith.cpu.decode.OpcodeTable;
import org.xenolith.cpu.engine.EngineStatistics;
import org.xenolith.cpu.engine.Engines;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.FpuState;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * Every form of every row in 64- and 32-bit code, translated and interpreted, on the same random
 * states. Properties: {@code xenolith.fuzz.translations} encodings for each form, {@code
 * xenolith.fuzz.seed}, {@code xenolith.fuzz.only}.
 */
class TranslationTest {
    private static final int STATES = 6;
    private static final int MOST_SHOWN = 20;

    private final int encodings = Integer.getInteger("xenolith.fuzz.translations", 1);
    private final long seed = Long.getLong("xenolith.fuzz.seed", 42);
    private final String only = System.getProperty("xenolith.fuzz.only", ".*");
    private final UserMachine plain = new UserMachine(false, Engines::plain);
    private final UserMachine eager = new UserMachine(false, Engines::eager);
    private final List<String> different = new ArrayList<>();

    @ParameterizedTest
    @ValueSource(ints = {64, 32})
    void translationsDoWhatTheInterpreterDoes(int bits) {
        int forms = 0;
        for (Opcode row : OpcodeTable.get().rows()) {
            if (!row.mnemonic().matches(only)) {
                continue;
            }
            for (Form form : Form.of(row, bits)) {
                if (!NotCompared.covers(form)) {
                    CaseRandom random =
                            new CaseRandom(seed * 31 + (row.id() + ": " + form).hashCode());
                    for (int i = 0; i < encodings && different.size() < MOST_SHOWN; i++) {
                        compare(form, random);
                    }
                    forms++;
                }
            }
        }
        assertTrue(forms > 0);
        EngineStatistics statistics = eager.statistics();
        assertTrue(statistics.regions() > forms / 2, statistics.text());
        assertEquals("", String.join("\n", different));
    }

    private void compare(Form form, CaseRandom random) {
        CaseGenerator encoder = new CaseGenerator(random);
        StateGenerator states = new StateGenerator(random, true);
        byte[] code = encoder.encode(form);
        Instruction in = encoder.instruction();
        HostState before = new HostState();
        for (int i = 0; i < STATES; i++) {
            states.fill(form, in, code, before, i % 2 == 0);
            plain.run(code, before);
            // the first run translates, or misses the TLB
            eager.run(code, before);
            eager.run(code, before);
            String text = difference();
            if (!text.isEmpty()) {
                different.add(form + " " + HexFormat.of().formatHex(code) + ":" + text);
                return;
            }
        }
    }

    private String difference() {
        StringBuilder s = new StringBuilder();
        Cpu a = plain.cpu;
        Cpu b = eager.cpu;
        differ(s, "vector", plain.vector(), eager.vector());
        differ(s, "rip", a.rip, b.rip);
        differ(s, "cr2", a.cr2, b.cr2);
        differ(s, "flags", Flags.get(a), Flags.get(b));
        for (int i = 0; i < 16; i++) {
            differ(s, "r" + i, a.regs[i], b.regs[i]);
        }
        for (int i = 0; i < FpuState.SCRATCH * FpuState.LANES; i++) {
            differ(s, "lane " + i, a.fpu.vec[i], b.fpu.vec[i]);
        }
        for (int i = 0; i < 8; i++) {
            differ(s, "x87 " + i, a.fpu.significand[i], b.fpu.significand[i]);
            differ(s, "x87 exponent " + i, a.fpu.signExponent[i], b.fpu.signExponent[i]);
            differ(s, "selector " + i, a.selector[i], b.selector[i]);
            differ(s, "base " + i, a.segmentBase[i], b.segmentBase[i]);
        }
        differ(s, "x87 control", a.fpu.control, b.fpu.control);
        differ(s, "x87 status", a.fpu.status, b.fpu.status);
        differ(s, "x87 tag", a.fpu.tag, b.fpu.tag);
        differ(s, "mxcsr", a.fpu.mxcsr, b.fpu.mxcsr);
        differ(s, "data", Arrays.mismatch(plain.data(), eager.data()), -1);
        return s.toString();
    }

    private static void differ(StringBuilder s, String what, long interpreted, long translated) {
        if (interpreted != translated) {
            s.append(" %s %x, translated %x;".formatted(what, interpreted, translated));
        }
    }
}
