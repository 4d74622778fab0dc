package org.xenolith.cpu.isa;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.xenolith.cpu.decode.Opcode;
import org.xenolith.cpu.host.HostCpu;

import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Every x87, MMX, SSE, AVX and VEX row of the opcode table, and those with a CPUID feature of their
 * own, on random states, against the host.
 */
class FloatHostTest {
    /** Rows whose results the architecture leaves open, or that another test compares. */
    private static final Set<String> ELSEWHERE =
            Set.of(
                    "RCPPS",
                    "RCPSS",
                    "RSQRTPS",
                    "RSQRTSS",
                    "VRCPPS",
                    "VRCPSS",
                    "VRSQRTPS",
                    "VRSQRTSS",
                    "F2XM1",
                    "FYL2X",
                    "FYL2XP1",
                    "FPTAN",
                    "FPATAN",
                    "FSIN",
                    "FCOS",
                    "FSINCOS",
                    "FNSAVE",
                    "FNSTENV",
                    "FXSAVE",
                    "FXRSTOR",
                    "FLDENV",
                    "FRSTOR",
                    "XSAVEC",
                    "RDRAND",
                    "RDSEED",
                    "RDPID",
                    "RDFSBASE",
                    "RDGSBASE",
                    "WRFSBASE",
                    "WRGSBASE");

    /** Cases of a row; -Dxenolith.fuzz.rounds asks for more. */
    private static final int ROUNDS = 1000;

    private static void compare(Predicate<Opcode> rows, boolean code32) throws Exception {
        Optional<HostCpu> started = HostCpu.start();
        Assumptions.assumeTrue(started.isPresent(), "no x86-64 host with a C compiler");
        try (HostCpu host = started.get()) {
            Predicate<Opcode> here = row -> !ELSEWHERE.contains(row.mnemonic());
            assertEquals("", new RowComparison(host, code32).differences(here.and(rows), ROUNDS));
        }
    }

    @Test
    void legacyEncodingsAgreeWithTheHostProcessor() throws Exception {
        compare(FloatHostTest::isLegacy, false);
    }

    @Test
    void legacyEncodingsAgreeIn32BitCode() throws Exception {
        compare(FloatHostTest::isLegacy, true);
    }

    private static boolean isLegacy(Opcode row) {
        return !row.vex() && !(row.fpu() + row.feature()).isEmpty();
    }

    @Test
    void vexEncodingsAgreeWithTheHostProcessor() throws Exception {
        compare(Opcode::vex, false);
    }

    @Test
    void vexEncodingsAgreeIn32BitCode() throws Exception {
        compare(Opcode::vex, true);
    }
}
