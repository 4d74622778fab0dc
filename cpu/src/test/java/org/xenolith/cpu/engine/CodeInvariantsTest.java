package org.xenolith.cpu.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenolith.cpu.state.Cpu;

import java.util.HexFormat;
import java.util.SplittableRandom;

/** The invariants of cached code hold whatever a guest does, and breaking one is noticed. */
class CodeInvariantsTest {
    private static final long CODE = 0x10000;
    private static final int BYTES = 3 * 4096;

    private static final String NOPS = "90".repeat(7);

    /** inc rax; loop to there; int3. */
    private static final String LOOP = "48ffc0e2fbcc";

    private final FlatMachine machine = new FlatMachine(4 << 20, Thresholds.optimized(2));
    private final Cpu cpu = machine.cpu;

    private void run(long address, String code) {
        cpu.regs[Cpu.RCX] = 20;
        machine.run(address, HexFormat.of().parseHex(code), 1000);
    }

    private void check() {
        CodeInvariants.check(machine.cache, machine.interpreter);
    }

    private String broken() {
        return assertThrows(IllegalStateException.class, this::check).getMessage();
    }

    private Block block(long address) {
        return machine.cache.find(address, cpu.mode);
    }

    /**
     * Code in three pages that stores into itself and is changed from outside, with blocks that
     * cross pages.
     */
    @Test
    void selfModifyingCodeKeepsThem() {
        SplittableRandom random = new SplittableRandom(7);
        String[] fragments = {
            "48ffc0",
            "48ffcb",
            "4801d8",
            "8803",
            "668903",
            "48890b",
            "e2f0",
            "75e8",
            "eb02",
            "7406",
            "c60390",
            "31c9",
            "f3aa",
            "4883c311",
            "488d1d00f0ffff",
            "488d1d20000000"
        };
        int changes = 0;
        for (int round = 0; round < 3000; round++) {
            if (round % 20 == 0) {
                fill(fragments, random);
            }
            cpu.rip = CODE + 7L * random.nextInt(BYTES / 7);
            cpu.regs[Cpu.RBX] = CODE + random.nextInt(BYTES);
            cpu.regs[Cpu.RDI] = CODE + random.nextInt(BYTES);
            cpu.regs[Cpu.RCX] = random.nextInt(30);
            machine.interpreter.run(random.nextInt(1, 200));
            if (random.nextInt(4) == 0) {
                String fragment = fragments[random.nextInt(fragments.length)];
                byte[] bytes = HexFormat.of().parseHex(fragment);
                long at = CODE + random.nextInt(BYTES);
                machine.cache.beforeExternalWrite(at, bytes.length);
                machine.ram.write(at, bytes, 0, bytes.length);
                changes++;
            }
            if (random.nextInt(50) == 0) {
                cpu.flushTlb();
            }
            check();
        }
        EngineStatistics statistics = machine.cache.statistics();
        assertTrue(statistics.invalidations() > changes, statistics.text());
        assertTrue(statistics.entries() > 100, statistics.text());
    }

    private void fill(String[] fragments, SplittableRandom random) {
        machine.cache.beforeExternalWrite(CODE, BYTES);
        for (long at = CODE; at <= CODE + BYTES - 7; at += 7) {
            String fragment = fragments[random.nextInt(fragments.length)];
            byte[] bytes = HexFormat.of().parseHex((fragment + NOPS).substring(0, 14));
            machine.ram.write(at, bytes, 0, bytes.length);
        }
    }

    @Test
    void changedBytesThatNobodyToldOfAreNoticed() {
        run(CODE, LOOP);
        check();
        machine.ram.put8(CODE + 2, (byte) 0xc1);
        assertEquals("block 10000 differs from what is in memory", broken());
    }

    @Test
    void aStoreThatPassesUnseenIsNoticed() {
        cpu.store8(CODE + 0x1000, (byte) 1);
        run(CODE, LOOP);
        check();
        machine.cache.pages[(int) (CODE + 0x1000 >>> 12)] = machine.cache.pages[(int) (CODE >> 12)];
        assertTrue(broken().contains("in page 11"));
    }

    @Test
    void aMissingMarkIsNoticed() {
        run(CODE, LOOP);
        CodePage page = new CodePage();
        page.addEntering(block(CODE));
        machine.cache.pages[(int) (CODE >> 12) + 1] = page;
        assertEquals("block 10000 does not enter page 11", broken());
    }

    @Test
    void anInvalidBlockIsNoticed() {
        run(CODE, LOOP);
        block(CODE).valid = false;
        assertEquals("invalid block 10000 is kept", broken());
    }

    @Test
    void aRegionOfAnotherBlockIsNoticed() {
        run(CODE, LOOP);
        Region region = block(CODE).region == null ? block(CODE + 3).region : block(CODE).region;
        assertNotNull(region);
        Block other = block(CODE + 5);
        other.region = region;
        assertEquals("the region of block 10005 is entered elsewhere", broken());
    }
}
