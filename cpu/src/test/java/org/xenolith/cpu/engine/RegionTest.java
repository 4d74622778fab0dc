package org.xenolith.cpu.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.FpuState;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;

/** A compiled path does exactly what its operations do one by one. */
class RegionTest {
    private static final long CODE = 0x10000;
    private static final long DATA = 0x20000;
    private static final int RAM = 4 << 20;

    /** Fragments that random code is made of: arithmetic, memory, faults, stores into code. */
    private static final String[] FRAGMENTS = {
        "4801d8",
        "29c8",
        "6611d0",
        "48ffc1",
        "fec9",
        "480fafc3",
        "c1e005",
        "48c1f907",
        "d3e2",
        "48f7d8",
        "f7d1",
        "0fb6c1",
        "480fbec2",
        "0f94c0",
        "480f42c8",
        "4831d2",
        "21c8",
        "8503",
        "488b03",
        "488903",
        "4801430b",
        "66f743100100",
        "8a6301",
        "50",
        "58",
        "9c",
        "9d",
        "6aff",
        "0fa3c8",
        "480fbafa03",
        "86c4",
        "87ca",
        "0fc8",
        "f9",
        "f8",
        "99",
        "4898",
        "8d440b08",
        "f3a4",
        "aa",
        "488b2c2500400000",
        "0fb11b",
        "f00fc103",
        "660fefc0",
        "660f6f0b",
        "660ffec1",
        "f20f58c1",
        "0f11430c",
        "d9e8",
        "dd5b18",
        "c60500000000cc",
        "48f7f1",
        "f6f1",
        "48a10000000040000000"
    };

    private final FlatMachine plain = new FlatMachine(RAM);
    private final FlatMachine tracing = new FlatMachine(RAM, Thresholds.optimized(2));
    private final FlatMachine baseline = new FlatMachine(RAM, Thresholds.baseline(2));
    private final FlatMachine verifying =
            new FlatMachine(
                    RAM,
                    Thresholds.optimized(2),
                    Integer.MAX_VALUE,
                    new EngineConfig(Engine.VERIFY));

    private static void prepare(FlatMachine machine, SplittableRandom random) {
        Cpu cpu = machine.cpu;
        for (int i = 0; i < 16; i++) {
            cpu.regs[i] = random.nextLong() >>> random.nextInt(64);
        }
        cpu.regs[Cpu.RBX] = DATA + random.nextInt(64);
        cpu.regs[Cpu.RSP] = DATA + 0x800;
        cpu.regs[Cpu.RSI] = DATA + 0x100;
        cpu.regs[Cpu.RDI] = DATA + 0x200;
        cpu.regs[Cpu.RCX] = random.nextInt(40);
        for (int i = 0; i < cpu.fpu.vec.length; i++) {
            cpu.fpu.vec[i] = random.nextLong();
        }
        Flags.set(cpu, random.nextInt() & Flags.ARITHMETIC);
        for (int i = 0; i < 0x1000; i += 8) {
            machine.ram.put64(DATA + i, random.nextLong());
        }
        cpu.fpu.mxcsr = 0x1f80;
        cpu.fpu.status = 0;
        cpu.fpu.tag = 0xffff;
        cpu.instructions = 0;
    }

    @Test
    void randomBlocksGiveTheSameStateCompiledOrNot() {
        SplittableRandom random = new SplittableRandom(4711);
        for (int round = 0; round < 400; round++) {
            StringBuilder text = new StringBuilder();
            int length = 1 + random.nextInt(20);
            for (int i = 0; i < length; i++) {
                text.append(FRAGMENTS[random.nextInt(FRAGMENTS.length)]);
            }
            byte[] code = HexFormat.of().parseHex(text + "cc");
            for (int repeat = 0; repeat < 4; repeat++) {
                long seed = random.nextLong();
                for (FlatMachine machine :
                        new FlatMachine[] {plain, tracing, baseline, verifying}) {
                    prepare(machine, new SplittableRandom(seed));
                    if (repeat == 0) {
                        machine.run(CODE, code, 1000);
                    } else {
                        machine.cpu.rip = CODE;
                        machine.event = -1;
                        machine.interpreter.run(1000);
                    }
                }
                compare(text.toString(), tracing);
                compare(text.toString(), baseline);
                compare(text.toString(), verifying);
            }
        }
    }

    private void compare(String code, FlatMachine other) {
        Cpu a = plain.cpu;
        Cpu b = other.cpu;
        assertEquals(plain.event, other.event, code);
        assertEquals(plain.errorCode, other.errorCode, code);
        assertEquals(a.rip, b.rip, code);
        assertEquals(a.instructions, b.instructions, code);
        assertEquals(Flags.get(a), Flags.get(b), code);
        assertArrayEquals(a.regs, b.regs, code);
        int lanes = FpuState.SCRATCH * FpuState.LANES;
        assertArrayEquals(Arrays.copyOf(a.fpu.vec, lanes), Arrays.copyOf(b.fpu.vec, lanes), code);
        assertArrayEquals(a.fpu.significand, b.fpu.significand, code);
        byte[] x = new byte[0x1000];
        byte[] y = new byte[0x1000];
        plain.ram.read(DATA, x, 0, x.length);
        other.ram.read(DATA, y, 0, y.length);
        assertArrayEquals(x, y, code);
    }

    @Test
    void everyBlockOfABaselineRegionIsAnEntryUntilOneIsOptimized() {
        FlatMachine machine = new FlatMachine(RAM, new Thresholds(2, 1000));
        Cpu cpu = machine.cpu;
        // dec rcx; jnz -5; int3; inc rax; jmp -10
        byte[] code = HexFormat.of().parseHex("48ffc975fbcc48ffc0ebf6");
        machine.run(CODE, code, 0);
        for (int i = 0; i < 10; i++) {
            cpu.rip = CODE + 6;
            cpu.regs[Cpu.RCX] = 40;
            machine.interpreter.run(1000);
            assertEquals(CpuFault.BP, machine.event);
        }
        assertEquals(10, cpu.regs[Cpu.RAX]);
        assertEquals(10 * (2 + 2 * 40 + 1), cpu.instructions);
        Block loop = machine.cache.find(CODE, cpu.mode);
        Block before = machine.cache.find(CODE + 6, cpu.mode);
        assertEquals(Tier.BASELINE, loop.region.tier);
        cpu.rip = CODE;
        cpu.regs[Cpu.RCX] = 1000;
        machine.interpreter.run(3000);
        cpu.rip = CODE;
        cpu.regs[Cpu.RCX] = 2;
        machine.interpreter.run(100);
        cpu.rip = CODE;
        cpu.regs[Cpu.RCX] = 2;
        machine.interpreter.run(100);
        assertEquals(Tier.OPTIMIZED, loop.region.tier);
        assertEquals(Tier.BASELINE, before.region.tier);
    }

    @Test
    void aHotBlockIsCompiledAndItsFaultIsPrecise() {
        byte[] code = HexFormat.of().parseHex("48ffc048ffc0488b0348ffc0cc");
        Cpu cpu = tracing.cpu;
        cpu.regs[Cpu.RBX] = DATA;
        for (int i = 0; i < 5; i++) {
            if (i == 0) {
                tracing.run(CODE, code, 100);
            } else {
                cpu.rip = CODE;
                tracing.interpreter.run(100);
            }
            assertEquals(CpuFault.BP, tracing.event);
        }
        cpu.rip = CODE;
        assertNotNull(tracing.cache.lookup(cpu).region.code);
        cpu.regs[Cpu.RAX] = 0;
        cpu.regs[Cpu.RBX] = 0x4000000000L;
        cpu.instructions = 0;
        tracing.interpreter.run(100);
        assertEquals(CpuFault.PF, tracing.event);
        assertEquals(CODE + 6, cpu.rip);
        assertEquals(2, cpu.instructions);
        assertEquals(2, cpu.regs[Cpu.RAX]);
    }

    @Test
    void aBlockThatCannotBeCompiledStillRuns() {
        byte[] code = HexFormat.of().parseHex("48ffc00fff");
        for (int i = 0; i < 5; i++) {
            if (i == 0) {
                tracing.run(CODE, code, 100);
            } else {
                tracing.cpu.rip = CODE;
                tracing.interpreter.run(100);
            }
            assertEquals(CpuFault.UD, tracing.event);
        }
        assertTrue(tracing.cpu.regs[Cpu.RAX] == 5);
    }

    @Test
    void changedCodeGetsANewTrace() {
        Cpu cpu = tracing.cpu;
        tracing.run(CODE, HexFormat.of().parseHex("48ffc0eb00cc"), 100);
        for (int i = 0; i < 5; i++) {
            cpu.rip = CODE;
            tracing.interpreter.run(100);
        }
        cpu.rip = CODE;
        Region before = tracing.cache.lookup(cpu).region;
        assertNotNull(before);
        // The second block of the path changes; the first stays.
        tracing.cache.beforeExternalWrite(CODE + 5, 1);
        tracing.ram.put8(CODE + 5, (byte) 0xf4);
        for (int i = 0; i < 5; i++) {
            cpu.rip = CODE;
            tracing.interpreter.run(100);
            assertEquals(CpuFault.GP, tracing.event);
        }
        cpu.rip = CODE;
        Region after = tracing.cache.lookup(cpu).region;
        assertNotNull(after);
        assertTrue(after != before);
    }

    @Test
    void anX87ExceptionIsRaisedByTheNextX87InstructionOfTheSameBlock() {
        // fld1; fldz; fdivp; inc rax; fld1
        byte[] code = HexFormat.of().parseHex("d9e8d9eedef948ffc0d9e8cc");
        Cpu cpu = tracing.cpu;
        for (int i = 0; i < 5; i++) {
            cpu.fpu.control = 0x37b; // zero divide unmasked
            cpu.fpu.status = 0;
            cpu.fpu.tag = 0xffff;
            cpu.regs[Cpu.RAX] = 0;
            if (i == 0) {
                tracing.run(CODE, code, 100);
            } else {
                cpu.rip = CODE;
                tracing.event = -1;
                tracing.interpreter.run(100);
            }
            assertEquals(CpuFault.MF, tracing.event, "run " + i);
            assertEquals(CODE + 9, cpu.rip);
            assertEquals(1, cpu.regs[Cpu.RAX]);
        }
        cpu.rip = CODE;
        assertNotNull(tracing.cache.lookup(cpu).region.code);
    }

    @Test
    void aRegionThatChangesCodeEndsWithItsBudget() {
        // mov edi, 0x30000; mov ecx, 1; rep stosb; dec rdx; jnz -19
        byte[] code = HexFormat.of().parseHex("bf00000300b901000000f3aa48ffca75ef");
        Cpu cpu = tracing.cpu;
        cpu.regs[Cpu.RDX] = Long.MAX_VALUE;
        cpu.regs[Cpu.RAX] = 0xcc;
        tracing.run(CODE, code, 100);
        cpu.rip = CODE;
        assertNotNull(tracing.cache.lookup(cpu).region.code);
        tracing.run(0x30000, HexFormat.of().parseHex("90cc"), 100);
        cpu.rip = CODE;
        cpu.instructions = 0;
        tracing.interpreter.run(100);
        assertEquals(100, cpu.instructions);
        assertEquals((byte) 0xcc, tracing.ram.get8(0x30000));
    }

    @Test
    void enterThatMissesBehindItsFirstStoreIsNotRepeated() {
        // enter 0, 3: the second link crosses into a page that is not in the TLB, and the first is
        // what the second push changes
        byte[] code = HexFormat.of().parseHex("c8000003cc");
        for (FlatMachine machine : new FlatMachine[] {plain, tracing}) {
            Cpu cpu = machine.cpu;
            machine.run(CODE, code, 100);
            for (int i = 0; i < 5; i++) {
                cpu.flushTlb();
                for (int k = 0; k < 64; k += 8) {
                    cpu.store64(DATA + 0x1000 + k, 0x1122334455667788L * k);
                }
                cpu.regs[Cpu.RSP] = DATA + 0x1010;
                cpu.regs[Cpu.RBP] = DATA + 0x100c;
                cpu.rip = CODE;
                machine.event = -1;
                machine.interpreter.run(100);
            }
        }
        compare("enter", tracing);
        for (int k = -32; k < 64; k += 8) {
            long at = DATA + 0x1000 + k;
            assertEquals(plain.ram.get64(at), tracing.ram.get64(at), "at " + k);
        }
        tracing.cpu.rip = CODE;
        assertNotNull(tracing.cache.lookup(tracing.cpu).region.code);
    }

    @Test
    void noMoreRegionsAreKeptThanTheLimitSays() {
        FlatMachine machine = new FlatMachine(RAM, Thresholds.optimized(2), 3);
        int places = 20;
        byte[] code = HexFormat.of().parseHex("48ffc0cc");
        for (int i = 0; i < places; i++) {
            machine.run(CODE + 0x100L * i, code, 100);
            for (int k = 0; k < 4; k++) {
                machine.cpu.rip = CODE + 0x100L * i;
                machine.interpreter.run(100);
            }
        }
        assertEquals(5 * places, machine.cpu.regs[Cpu.RAX]);
        int kept = 0;
        for (int i = 0; i < places; i++) {
            machine.cpu.rip = CODE + 0x100L * i;
            kept += machine.cache.lookup(machine.cpu).region == null ? 0 : 1;
        }
        assertTrue(kept >= 1 && kept <= 3, kept + " regions");
    }
}
