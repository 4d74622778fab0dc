package org.xenolith.cpu.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;

/** Translated code under EPT: exits in its midst, code whose frame changes, other pointers. */
class NestedRegionTest {
    private static final int RAM = 4 << 20;
    private static final long EPT_A = 0x200000;
    private static final long EPT_B = 0x210000;
    private static final int POINTER = 0x1e;
    private static final int CODE = 0x10000;
    private static final int DATA = 0x20000;
    private static final int PAGES = 64;

    /** add rax, [rbx]; add rbx, 4096; dec ecx; jnz; ud2. */
    private static final byte[] LOOP = {
        0x48,
        0x03,
        0x03,
        0x48,
        (byte) 0x81,
        (byte) 0xc3,
        0,
        0x10,
        0,
        0,
        (byte) 0xff,
        (byte) 0xc9,
        0x75,
        (byte) 0xf2,
        0x0f,
        0x0b
    };

    private FlatMachine machine(Thresholds thresholds) {
        FlatMachine m = new FlatMachine(RAM, thresholds);
        Cpu c = m.cpu;
        for (long root : new long[] {EPT_A, EPT_B}) {
            c.ram.put64(root, root + 0x1000 | 7);
            c.ram.put64(root + 0x1000, root + 0x2000 | 7);
            for (int i = 0; i < RAM >> 21; i++) {
                c.ram.put64(root + 0x2000 + 8 * i, root + 0x3000 + 4096 * i | 7);
            }
            for (long gpa = 0; gpa < RAM; gpa += 4096) {
                map(c, root, gpa, gpa);
            }
        }
        for (int i = 0; i < PAGES; i++) {
            c.ram.put64(DATA + 4096L * i, i + 1);
        }
        long cr3 = c.cr3();
        c.setCr3(cr3);
        c.updatePaging();
        c.setNested(EPT_A | POINTER);
        return m;
    }

    private static void map(Cpu c, long root, long gpa, long maddr) {
        c.ram.put64(root + 0x3000 + (gpa >>> 12) * 8, maddr < 0 ? 0 : maddr | 0x37);
    }

    private static void start(FlatMachine m) {
        m.cpu.regs[Cpu.RAX] = 0;
        m.cpu.regs[Cpu.RBX] = DATA;
        m.cpu.regs[Cpu.RCX] = PAGES;
        m.event = -1;
    }

    private static long sum(int pages) {
        return (long) pages * (pages + 1) / 2;
    }

    private static FlatMachine warm() {
        FlatMachine m = new NestedRegionTest().machine(Thresholds.optimized(2));
        for (int i = 0; i < 4; i++) {
            start(m);
            m.run(CODE, LOOP, 10_000);
            assertEquals(CpuFault.UD, m.event);
            assertEquals(sum(PAGES), m.cpu.regs[Cpu.RAX]);
        }
        return m;
    }

    private static void again(FlatMachine m) {
        start(m);
        m.cpu.rip = CODE;
        m.interpreter.run(10_000);
    }

    @Test
    void anExitLeavesExactState() {
        FlatMachine m = warm();
        map(m.cpu, EPT_A, DATA + 4096L * 40, -1);
        m.cpu.invalidateEpt(EPT_A);
        long before = m.cpu.instructions;
        again(m);
        assertEquals(CpuFault.VM_EXIT, m.event);
        assertEquals(CODE, m.cpu.rip);
        assertEquals(sum(40), m.cpu.regs[Cpu.RAX]);
        assertEquals(PAGES - 40, m.cpu.regs[Cpu.RCX]);
        assertEquals(160, m.cpu.instructions - before);
        assertEquals(DATA + 4096L * 40, m.cpu.ept.guestPhysical);
        map(m.cpu, EPT_A, DATA + 4096L * 40, DATA + 4096L * 40);
        m.interpreter.run(10_000);
        assertEquals(CpuFault.UD, m.event);
        assertEquals(sum(PAGES), m.cpu.regs[Cpu.RAX]);
    }

    @Test
    void otherPointersHaveOtherDataAndCode() {
        FlatMachine m = warm();
        Cpu c = m.cpu;
        for (int i = 0; i < PAGES; i++) {
            map(c, EPT_B, DATA + 4096L * i, DATA); // the first page throughout
        }
        c.setNested(EPT_B | POINTER);
        again(m);
        assertEquals(PAGES, c.regs[Cpu.RAX]);
        c.ram.write(0x150000, LOOP, 0, LOOP.length);
        c.ram.put8(0x150001, (byte) 0x2b); // sub rax, [rbx]
        map(c, EPT_B, CODE, 0x150000);
        c.invalidateEpt(EPT_B);
        again(m);
        assertEquals(-PAGES, c.regs[Cpu.RAX]);
        c.setNested(EPT_A | POINTER);
        again(m);
        assertEquals(sum(PAGES), c.regs[Cpu.RAX]);
    }

    @Test
    void codeThatMayNotBeExecutedAnyMore() {
        FlatMachine m = warm();
        Cpu c = m.cpu;
        c.ram.put64(EPT_A + 0x3000 + (CODE >>> 12) * 8, CODE | 0x33);
        c.invalidateEpt(EPT_A);
        again(m);
        assertEquals(CpuFault.VM_EXIT, m.event);
        assertEquals(0x19c, c.ept.qualification);
        assertEquals(CODE, c.ept.guestPhysical);
    }
}
