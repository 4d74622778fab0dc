package org.xenolith.cpu.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.PageWalker;

import java.util.HexFormat;

/** What translations of 32-bit code must mind beside what 64-bit code has. */
class Region32Test {
    private static final long CODE = 0x10000;
    private static final long DATA = 0x20000;
    private static final int RAM = 2 << 20;

    /** Upper halves of descriptors of 4 GiB at privilege level 3. */
    private static final int CODE_32 = 0xc0fb;

    private static final int DATA_32 = 0xc0f3;

    private final FlatMachine machine =
            new FlatMachine(RAM, Thresholds.optimized(2), 100, new EngineConfig(Engine.VERIFY));
    private final Cpu cpu = machine.cpu;

    @BeforeEach
    void enter32BitCode() {
        for (int segment = Cpu.ES; segment <= Cpu.GS; segment++) {
            int access = segment == Cpu.CS ? CODE_32 : DATA_32;
            cpu.setSegment(segment, 3, 0, 0xffffffffL, access);
        }
        cpu.regs[Cpu.RSP] = DATA + 0x800;
    }

    private void write(long address, String code) {
        byte[] bytes = HexFormat.of().parseHex(code.replace(" ", ""));
        machine.ram.write(address, bytes, 0, bytes.length);
    }

    private void run(long address) {
        cpu.rip = address;
        machine.event = -1;
        machine.interpreter.run(10_000);
    }

    private Region region(long address) {
        cpu.rip = address;
        return machine.cache.lookup(cpu).region;
    }

    @Test
    void aLoopIsTranslated() {
        write(CODE, "01c8 49 75fb cc"); // add eax, ecx; dec ecx; jnz
        cpu.regs[Cpu.RCX] = 100;
        run(CODE);
        assertEquals(CpuFault.BP, machine.event);
        assertEquals(5050, cpu.regs[Cpu.RAX]);
        assertEquals(301, cpu.instructions);
        assertNotNull(region(CODE).code);
    }

    @Test
    void branchesWrapRoundAtTheEndOfTheAddressSpace() {
        map(0xfffff000L, 0x30000);
        write(0x30fe0, "49 0f8519000100 cc"); // dec ecx; jnz 0x10000
        write(CODE, "40 e9dafffeff"); // inc eax; jmp 0xffffffe0
        cpu.regs[Cpu.RAX] = 0;
        cpu.regs[Cpu.RCX] = 50;
        run(0xffffffe0L);
        assertEquals(CpuFault.BP, machine.event);
        assertEquals(49, cpu.regs[Cpu.RAX]);
        assertEquals(0xffffffe8L, cpu.rip);
        assertNotNull(region(CODE).code);
        assertNotNull(region(0xffffffe0L).code);
    }

    private void map(long address, long frame) {
        long l4 = cpu.cr3();
        long l3 = machine.ram.get64(l4) & ~4095L;
        long l2 = 0x40000;
        long l1 = 0x41000;
        int flags = PageWalker.PRESENT | PageWalker.WRITE | PageWalker.USER;
        machine.ram.put64(l3 + 8 * (address >> 30), l2 | flags);
        machine.ram.put64(l2 + 8 * (address >> 21 & 511), l1 | flags);
        machine.ram.put64(l1 + 8 * (address >> 12 & 511), frame | flags);
    }

    @Test
    void branchesOf16BitsAreLeftToTheInterpreter() {
        write(CODE, "49 66 75fc"); // dec ecx; o16 jnz to 0, as 0x10000 has 17 bits
        write(0, "ebfe");
        cpu.regs[Cpu.RCX] = 50;
        for (int i = 0; i < 5; i++) {
            cpu.rip = CODE;
            machine.interpreter.run(2);
            assertEquals(0, cpu.rip);
        }
        assertNull(region(CODE));
    }

    @Test
    void aSegmentLimitIsCheckedInATranslation() {
        cpu.segmentBase[Cpu.FS] = DATA;
        cpu.segmentLimit[Cpu.FS] = 99;
        cpu.segmentAccess[Cpu.FS] = 0x40f3;
        write(CODE, "64880a 42 ebfa"); // mov [fs:edx], cl; inc edx; jmp
        cpu.regs[Cpu.RDX] = 0;
        cpu.regs[Cpu.RCX] = 0x55;
        run(CODE);
        assertEquals(CpuFault.GP, machine.event);
        assertEquals(100, cpu.regs[Cpu.RDX]);
        assertEquals(300, cpu.instructions);
        assertEquals(0x55, machine.ram.get8(DATA + 99));
        assertEquals(0, machine.ram.get8(DATA + 100));
        assertNotNull(region(CODE).code);
    }
}
