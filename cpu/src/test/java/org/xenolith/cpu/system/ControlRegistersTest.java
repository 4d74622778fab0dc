package org.xenolith.cpu.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenolith.cpu.engine.FlatMachine;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.ModelSpecificRegisters;
import org.xenolith.cpu.state.PagingMode;

import java.util.HexFormat;

/** What may be written to control registers, and the instructions that reach them. */
class ControlRegistersTest {
    private static final long CODE = 0x1000;
    private final FlatMachine m = new FlatMachine(4 << 20);
    private final Cpu c = m.cpu;
    private final long root = c.cr3();

    @BeforeEach
    void ringZero() {
        c.cpl = 0;
        c.setCr3(root);
        c.updatePaging();
    }

    private void run(String hex, int instructions) {
        m.run(CODE, HexFormat.of().parseHex(hex.replace(" ", "")), instructions);
    }

    private void legacy(boolean big) {
        c.efer = 0;
        c.cr0 = Cpu.CR0_ET;
        c.cr4 = 0;
        c.setSegment(Cpu.CS, 0, 0, 0xffffffffL, 0x9b | (big ? Cpu.ACCESS_BIG : 0));
        c.updatePaging();
    }

    private void refused(int register, long value) {
        CpuFault fault =
                assertThrows(CpuFault.class, () -> ControlRegisters.write(c, register, value));
        assertEquals(CpuFault.GP, fault.vector);
    }

    /** In 64-bit mode with paging on; vector -1 means that the value is taken. */
    @ParameterizedTest
    @CsvSource({
        "0, 80050033, -1",
        "0, 80000001, -1",
        "0, 80000000, 13",
        "0, 00050033, 13",
        "0, a0050033, 13",
        "0, e0050033, -1",
        "0, 180050033, 13",
        "1, 0, 6",
        "2, ffff800012345678, -1",
        "3, 400000000000, 13",
        "3, 8000000000001000, 13",
        "4, 20, -1",
        "4, 0, 13",
        "4, 1020, 13",
        "4, 2020, 13",
        "4, 100000020, 13",
        "4, 20020, -1",
        "5, 0, 6",
        "8, 10, 13",
        "15, 0, 6",
    })
    void writesIn64BitMode(int register, String value, int vector) {
        long written = Long.parseUnsignedLong(value, 16);
        if (vector < 0) {
            ControlRegisters.write(c, register, written);
            long fixed = register == 0 ? Cpu.CR0_ET : 0;
            assertEquals(written | fixed, ControlRegisters.read(c, register));
            return;
        }
        long before = c.cr0 ^ c.cr4 ^ c.cr3();
        CpuFault fault =
                assertThrows(CpuFault.class, () -> ControlRegisters.write(c, register, written));
        assertEquals(vector, fault.vector);
        assertEquals(before, c.cr0 ^ c.cr4 ^ c.cr3());
    }

    @Test
    void longModeIsEnteredAndLeft() {
        legacy(true);
        ControlRegisters.writeEfer(c, Cpu.EFER_LME);
        refused(0, 0x80000011L); // no PAE
        ControlRegisters.write(c, 4, Cpu.CR4_PAE);
        ControlRegisters.write(c, 0, 0x80000011L);
        assertTrue(c.longMode());
        assertEquals(PagingMode.FOUR_LEVEL, c.pagingMode());
        assertEquals(Cpu.MODE_32, c.mode & Cpu.MODE_SIZE);
        assertThrows(CpuFault.class, () -> ControlRegisters.writeEfer(c, 0));
        ControlRegisters.write(c, 0, 0x11);
        assertFalse(c.longMode());
        assertEquals(PagingMode.NONE, c.pagingMode());
        c.setSegment(Cpu.CS, 8, 0, 0xffffffffL, 0xa09b);
        refused(0, 0x80000011L); // CS.L
    }

    @Test
    void paePagingChecksItsPointers() {
        legacy(true);
        ControlRegisters.write(c, 4, Cpu.CR4_PAE);
        ControlRegisters.write(c, 3, 0x20020);
        c.ram.put64(0x20020, 0x21003);
        refused(0, 0x80000011L);
        assertEquals(PagingMode.NONE, c.pagingMode());
        c.ram.put64(0x20020, 0x21001);
        ControlRegisters.write(c, 0, 0x80000011L);
        assertEquals(PagingMode.PAE, c.pagingMode());
    }

    @Test
    void pcidNeedsAnAlignedRootAndKeepsTranslations() {
        ControlRegisters.write(c, 3, root | 1);
        long pcide = c.cr4 | Cpu.CR4_PAE | Cpu.CR4_PCIDE;
        refused(4, pcide);
        ControlRegisters.write(c, 3, root);
        ControlRegisters.write(c, 4, pcide);
        long epoch = c.codeEpoch();
        ControlRegisters.write(c, 3, root | 1L << 63);
        assertEquals(root, c.cr3());
        assertEquals(epoch, c.codeEpoch());
        ControlRegisters.write(c, 3, root);
        assertEquals(epoch + 1, c.codeEpoch());
        long unpaged = c.cr0 & ~Cpu.CR0_PG;
        c.setSegment(Cpu.CS, 8, 0, 0xffffffffL, 0xc09b);
        refused(0, unpaged);
    }

    @Test
    void movUsesTheWidthOfTheMode() {
        c.regs[Cpu.RBX] = 0x1234567890L;
        run("0f 22 d3 41 0f 20 d0", 2); // mov cr2, rbx; mov r8, cr2
        assertEquals(0x1234567890L, c.regs[8]);
        c.regs[Cpu.RBX] = 0;
        run("0f 20 53", 1); // mod is ignored: mov rbx, cr2
        assertEquals(0x1234567890L, c.regs[Cpu.RBX]);
        legacy(true);
        run("0f 20 d0 0f 22 d3", 2); // mov eax, cr2; mov cr2, ebx
        assertEquals(0x34567890L, c.regs[Cpu.RAX]);
        assertEquals(0x34567890L, c.cr2);
    }

    @Test
    void realModeCodeTurnsProtectionOn() {
        legacy(false);
        run("0f 20 c0 0c 01 0f 22 c0 b0 fe 0f 01 f0 0f 01 e1", 6);
        assertEquals(Cpu.CR0_ET | Cpu.CR0_PE | 0xe, c.cr0); // lmsw does not clear PE
        assertEquals(0x1f, c.regs[Cpu.RCX] & 0xffff); // smsw cx
        run("0f 06", 1); // clts
        assertEquals(0, c.cr0 & Cpu.CR0_TS);
    }

    @ParameterizedTest
    @CsvSource({
        "0f20c0, 13", "0f22c0, 13", "0f06, 13", "0f01f0, 13", "0f0138, 13", "0f01f8, 13",
        "0f08, 13", "0f09, 13", "f30f09, 13", "0f32, 13", "0f30, 13", "660f388200, 13",
        "0f01ca, 6", "0f01cb, 6", "0f01ee, 6", "0f01ef, 6",
    })
    void userModeIsRefused(String code, int vector) {
        c.cpl = 3;
        c.privilegeChanged();
        run(code, 1);
        assertEquals(vector, m.event);
        assertEquals(CODE, c.rip);
    }

    @Test
    void umipKeepsTheMachineStatusWordFromUsers() {
        c.cpl = 3;
        c.privilegeChanged();
        run("0f 01 e0", 1);
        assertEquals(-1, m.event);
        assertEquals(c.cr0 & 0xffffffffL, c.regs[Cpu.RAX]);
        c.cr4 |= Cpu.CR4_UMIP;
        run("0f 01 e0", 1);
        assertEquals(CpuFault.GP, m.event);
    }

    @Test
    void acAndProtectionKeys() {
        run("0f 01 cb", 1);
        assertTrue((c.eflags & Flags.AC) != 0);
        run("0f 01 ca", 1);
        assertFalse((c.eflags & Flags.AC) != 0);
        c.cr4 |= Cpu.CR4_PKE;
        c.regs[Cpu.RAX] = 0x55555554L;
        run("0f 01 ef b8 00000000 0f 01 ee", 3);
        assertEquals(0x55555554L, c.regs[Cpu.RAX]);
        c.regs[Cpu.RDX] = 1;
        run("0f 01 ef", 1);
        assertEquals(CpuFault.GP, m.event);
    }

    @Test
    void swapgsAndMsrs() {
        c.segmentBase[Cpu.GS] = 1;
        c.kernelGsBase = 2;
        run("0f 01 f8", 1);
        assertEquals(2, c.segmentBase[Cpu.GS]);
        assertEquals(1, c.kernelGsBase);
        run("0f 32", 1);
        assertEquals(CpuFault.GP, m.event);
        long[] register = new long[1];
        c.msrs =
                new ModelSpecificRegisters() {
                    @Override
                    public long counter(int index) {
                        return 0;
                    }

                    @Override
                    public long read(int msr) {
                        return register[0] + msr;
                    }

                    @Override
                    public void write(int msr, long value) {
                        register[0] = value;
                    }
                };
        c.regs[Cpu.RAX] = 0xffffffff80000000L;
        c.regs[Cpu.RDX] = 3;
        c.regs[Cpu.RCX] = 5;
        run("0f 30 0f 32", 2);
        assertEquals(0x380000000L, register[0]);
        assertEquals(0x80000005L, c.regs[Cpu.RAX]);
        assertEquals(3, c.regs[Cpu.RDX]);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 5000, -1",
        "1, 0, 0, -1",
        "2, 0, 0, -1",
        "3, fff, 0, -1",
        "4, 0, 0, 13",
        "0, 0, 100000000000000, 13",
        "1, 1, 0, 13",
        "2, 1000, 0, 13",
        "100000000, 0, 0, 13",
    })
    void invpcid(String type, String context, String address, int event) {
        c.regs[Cpu.RAX] = Long.parseLong(type, 16);
        c.regs[Cpu.RBX] = 0x30000;
        c.ram.put64(0x30000, Long.parseLong(context, 16));
        c.ram.put64(0x30008, Long.parseLong(address, 16));
        remapBehindTheTlb();
        run("66 0f 38 82 03", 1);
        assertEquals(event, m.event);
        assertEquals(event < 0 ? 2 : 1, c.load32(0x5000));
    }

    /** Page 5000 reads 1 from the TLB and 2 from the tables. */
    private void remapBehindTheTlb() {
        c.ram.put32(0x5000, 1);
        c.ram.put32(0x6000, 2);
        assertEquals(1, c.load32(0x5000));
        c.ram.put64(root - 3 * 4096 + 8 * 5, 0x6007);
    }

    @Test
    void invlpgDropsOnePage() {
        remapBehindTheTlb();
        c.regs[Cpu.RBX] = 0x4fff;
        run("0f 01 3b", 1);
        assertEquals(1, c.load32(0x5000));
        c.regs[Cpu.RBX] = 0x5fff;
        run("0f 01 3b", 1);
        assertEquals(2, c.load32(0x5000));
    }
}
