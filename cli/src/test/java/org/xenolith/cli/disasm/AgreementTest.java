package org.xenolith.cli.disasm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenolith.cpu.decode.Opcode;
import org.xenolith.cpu.decode.OpcodeTable;
import org.xenolith.cpu.disasm.CodeSize;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** objdump and ndisasm agree with us: on all lengths, and on nearly all texts. */
final class AgreementTest {
    private static final int SLICE = 1 << 20;
    private static final int INSTANCES_A_ROW = 40;
    private static final long SEED = 1;

    private final TestReporter reporter;

    AgreementTest(TestReporter reporter) {
        this.reporter = reporter;
    }

    @ParameterizedTest
    @EnumSource
    void onTheTestRoms(Outsider outsider) throws Exception {
        check(outsider, "test ROMs", RealCode.roms(), 99.9);
    }

    @ParameterizedTest
    @EnumSource
    void onDebiansKernel(Outsider outsider) throws Exception {
        check(outsider, "kernel", RealCode.kernel(SLICE), 99.9);
    }

    @ParameterizedTest
    @EnumSource
    void onDebiansBusybox(Outsider outsider) throws Exception {
        check(outsider, "busybox", RealCode.busybox(SLICE), 99.9);
    }

    /** Rare forms, and what only we and one of them know, are here, so texts differ more. */
    @ParameterizedTest
    @EnumSource
    void onEveryRowOfTheTable(Outsider outsider) throws Exception {
        Instances instances = new Instances(SEED);
        ByteArrayOutputStream code = new ByteArrayOutputStream();
        for (Opcode row : OpcodeTable.get().rows()) {
            for (int i = 0; !row.invalid64() && i < INSTANCES_A_ROW; i++) {
                code.write(instances.of(row));
            }
        }
        assume(outsider);
        Agreement agreement =
                new Agreement(outsider, CodeSize.BITS_64)
                        .compare(code.toByteArray(), 0, at -> at % Instances.SLOT == 0);
        double least = outsider == Outsider.NDISASM ? 96 : 98;
        check(outsider, "rows", agreement, least);
    }

    /** Rows of 16- and 32-bit code, whose sizes outsiders spell otherwise. */
    @ParameterizedTest
    @CsvSource({
        "NDISASM, BITS_16, 91", "NDISASM, BITS_32, 93",
        "OBJDUMP_ATT, BITS_16, 97", "OBJDUMP_ATT, BITS_32, 98",
        "OBJDUMP_INTEL, BITS_16, 94", "OBJDUMP_INTEL, BITS_32, 95",
    })
    void onEveryRowOfOldCode(Outsider outsider, CodeSize size, double least) throws Exception {
        Instances instances = new Instances(SEED, size);
        ByteArrayOutputStream code = new ByteArrayOutputStream();
        for (Opcode row : OpcodeTable.get().rows()) {
            for (int i = 0; !row.only64() && i < INSTANCES_A_ROW; i++) {
                code.write(instances.of(row));
            }
        }
        assume(outsider);
        Agreement agreement =
                new Agreement(outsider, size)
                        .compare(code.toByteArray(), 0, at -> at % Instances.SLOT == 0);
        check(outsider, size + " rows", agreement, least);
    }

    private void check(Outsider outsider, String what, List<CodePart> parts, double least)
            throws Exception {
        assume(outsider);
        Agreement agreement = new Agreement(outsider, CodeSize.BITS_64);
        for (CodePart part : parts) {
            byte[] code =
                    Arrays.copyOfRange(part.bytes(), part.offset(), part.offset() + part.length());
            agreement.compare(code, part.address(), at -> true);
        }
        check(outsider, what, agreement, least);
    }

    private void check(Outsider outsider, String what, Agreement agreement, double least) {
        reporter.publishEntry(what, agreement.toString());
        assertTrue(agreement.known > 1000, agreement.toString());
        assertEquals(Map.of(), agreement.lengths, () -> "lengths differ from " + outsider);
        assertTrue(agreement.identical() >= least, () -> agreement + "\n" + agreement.examples());
    }

    private static void assume(Outsider outsider) {
        assumeTrue(outsider.available(), () -> outsider + " is not on this machine");
    }
}
