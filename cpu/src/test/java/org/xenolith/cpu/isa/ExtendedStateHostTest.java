package org.xenolith.cpu.isa;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenolith.cpu.host.CaseRandom;
import org.xenolith.cpu.host.FxImage;
import org.xenolith.cpu.host.HostCpu;
import org.xenolith.cpu.host.HostState;
import org.xenolith.cpu.state.Cpu;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Instructions that save and restore x87, SSE and AVX state, against the host's, as 64-bit code and
 * those without REX.W as 32-bit code too. The x87 pointers are left out: they are what makers and
 * even models differ in.
 */
class ExtendedStateHostTest {
    private static final int ROUNDS = 1000;

    /**
     * @param offset where the area starts relative to the visible data
     * @param from first byte of data that holds x87 pointers
     * @param to one past the last
     */
    @ParameterizedTest
    @CsvSource({
        "480fae03, 0, 6, 24", // fxsave64
        "0fae03, 0, 6, 24",
        "480fae0b, 0, 0, 0", // fxrstor64
        "0fae0b, 0, 0, 0",
        "d933, 0, 12, 28", // fnstenv
        "66d933, 0, 6, 14",
        "d923, 0, 0, 0", // fldenv
        "66d923, 0, 0, 0",
        "dd33, 0, 12, 28", // fnsave
        "66dd33, 0, 6, 14",
        "dd23, 0, 0, 0", // frstor
        "66dd23, 0, 0, 0",
        "480fae23, 0, 6, 24", // xsave64
        "480fae23, -128, 0, 0",
        "480fae33, 0, 6, 24", // xsaveopt64
        "480fae2b, -64, 0, 0", // xrstor64
        "480fae2b, -64, 0, 1", // the same, compacted
        "480fae23480fae2b, 0, 6, 24",
        "480fc723, -320, 0, 0", // xsavec64
        "480fae23, -320, 0, 0", // xsave64, with the AVX component in sight
        "480fae33, -320, 0, 0", // xsaveopt64
        "480fae2b, -320, 0, 0",
        "480fc723480fae2b, -64, 0, 0",
        "0fae03, 8, 0, 0", // misaligned
        "480fae2b, 16, 0, 0"
    })
    void agreesWithTheHostProcessor(String code, int offset, int from, int to) throws Exception {
        Assumptions.assumeTrue(HostCpu.has("avx") && HostCpu.has("xsavec"), "an older host");
        CaseRandom random = new CaseRandom(code.hashCode());
        try (FpuCase both = new FpuCase()) {
            Cpu cpu = both.machine.cpu;
            int rounds = Integer.getInteger("xenolith.fuzz.rounds", ROUNDS);
            int sizes = code.startsWith("48") ? 1 : 2;
            for (int i = 0; i < sizes * rounds; i++) {
                HostState before = new HostState(i < rounds ? 64 : 32);
                FxImage.fill(before.fx, random, random.nextBoolean());
                FxImage.fill(before.data, random, random.nextBoolean());
                before.gpr[Cpu.RBX] = HostState.DATA + offset;
                before.gpr[Cpu.RAX] = code.length() > 8 ? 7 : random.nextInt(8);
                random(before.ymm, random);
                if (offset < -128 || offset == -64) {
                    header(before.data, 512 + offset, to == 1, random);
                }
                HostState host = both.run(HexFormat.of().parseHex(code), before);
                assertEquals(host.vector, both.machine.vector());
                assertEquals("", FxImage.difference(cpu.fpu, host.fx));
                assertEquals("", FxImage.upperDifference(cpu.fpu, host.ymm));
                byte[] ours = both.machine.data();
                Arrays.fill(ours, from, to, (byte) 0);
                Arrays.fill(host.data, from, to, (byte) 0);
                if (to == 24) {
                    host.data[30] = 0; // AMD has a bit more in MXCSR_MASK
                }
                assertEquals(HexFormat.of().formatHex(host.data), HexFormat.of().formatHex(ours));
            }
        }
    }

    /** All zero now and then, as a component in its initial state is. */
    private static void random(byte[] ymm, CaseRandom random) {
        if (random.nextInt(3) > 0) {
            random.nextBytes(ymm);
        }
    }

    /** An XSAVE header at {@code at}, mostly one that XRSTOR accepts. */
    private static void header(byte[] data, int at, boolean compacted, CaseRandom random) {
        Arrays.fill(data, at, at + 64, (byte) 0);
        ByteBuffer b = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
        b.putLong(at, random.nextInt(16) == 0 ? random.nextLong() : random.nextInt(8));
        if (compacted) {
            long layout = random.nextInt(4) == 0 ? random.nextInt(16) : 7;
            b.putLong(at + 8, layout | 1L << 63);
            b.putLong(at + 8 * random.nextInt(2, 8), random.nextInt(8) == 0 ? 1 : 0);
        }
    }
}
