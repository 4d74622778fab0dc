package org.xenolith.cpu.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;

import java.util.HexFormat;

/** Instruction counts, precise faults, self-modifying code, pages and budgets. */
class InterpreterTest {
    private static final long CODE = 0x10000;
    private static final int RAM = 8 << 20;

    private final FlatMachine machine = new FlatMachine(RAM);
    private final Cpu cpu = machine.cpu;

    private void run(long address, String code, long most) {
        machine.run(address, HexFormat.of().parseHex(code.replace(" ", "")), most);
    }

    @Test
    void countsExactlyTheRetiredInstructions() {
        run(CODE, "48ffc0 48ffc0 48ffc0 cc", 100);
        assertEquals(CpuFault.BP, machine.event);
        assertEquals(4, cpu.instructions, "three INC and the trap");
        assertEquals(3, cpu.regs[Cpu.RAX]);
        assertEquals(CODE + 10, cpu.rip);
    }

    @Test
    void stopsInTheMiddleOfABlockWhenTheBudgetEnds() {
        run(CODE, "48ffc0 48ffc0 48ffc0 48ffc0 48ffc0 ebef", 7);
        assertEquals(7, cpu.instructions);
        assertEquals(6, cpu.regs[Cpu.RAX], "five, the jump, one more");
        assertEquals(CODE + 3, cpu.rip);
    }

    @Test
    void aFaultLeavesRegistersFlagsAndCountAsBeforeTheInstruction() {
        cpu.regs[Cpu.RBX] = 0x4000000000L; // not mapped
        cpu.regs[Cpu.RAX] = 5;
        Flags.set(cpu, Flags.CF | Flags.ZF);
        run(CODE, "90 90 480103 cc", 100); // add [rbx], rax
        assertEquals(CpuFault.PF, machine.event);
        assertEquals(0x6, machine.errorCode, "write by user, not present");
        assertEquals(0x4000000000L, cpu.cr2);
        assertEquals(CODE + 2, cpu.rip);
        assertEquals(2, cpu.instructions);
        assertEquals(Flags.CF | Flags.ZF, Flags.arithmetic(cpu));
    }

    @Test
    void aPushThatFaultsDoesNotMoveTheStackPointer() {
        cpu.regs[Cpu.RSP] = 0x4000000008L;
        run(CODE, "50", 100);
        assertEquals(CpuFault.PF, machine.event);
        assertEquals(0x4000000008L, cpu.regs[Cpu.RSP]);
    }

    @Test
    void aStoreToTheNextInstructionOfItsOwnBlockTakesEffectAtOnce() {
        // mov byte [rip+0], 0xcc ; inc rax (overwritten by int3)
        run(CODE, "c6050000000 0cc 48ffc0 48ffc0 cc".replace(" ", ""), 100);
        assertEquals(CpuFault.BP, machine.event);
        assertEquals(0, cpu.regs[Cpu.RAX]);
        assertEquals(CODE + 8, cpu.rip);
    }

    @Test
    void aLoopThatPatchesItsOwnBodyRunsThePatchedBody() {
        // mov ecx,3; L: add eax,1; add byte [rip-6... imm of add],1 ; dec ecx; jnz L; int3
        String code = "b903000000" + "83c001" + "8005f8ffffff01" + "ffc9" + "75f2" + "cc";
        run(CODE, code, 100);
        assertEquals(CpuFault.BP, machine.event);
        // The immediate at CODE+7 is patched after each use: 1 + 2 + 3.
        assertEquals(6, cpu.regs[Cpu.RAX] & 0xffffffffL);
    }

    @Test
    void codeOnTwoPagesSeesStoresToTheSecond() {
        long address = CODE + 0xffe; // mov eax, imm32 crosses into the next page
        run(address, "b811111111 cc", 100);
        assertEquals(0x11111111L, cpu.regs[Cpu.RAX]);
        cpu.regs[Cpu.RBX] = CODE + 0x1000;
        run(CODE + 0x100, "c60322 cc", 100); // first byte on the second page: imm byte 1
        cpu.rip = address;
        machine.interpreter.run(100);
        assertEquals(0x11112211L, cpu.regs[Cpu.RAX]);
    }

    @Test
    void aliasesOfAFrameShareItsCode() {
        long l1 = RAM - 4 * 4096; // page table of the first 2 MiB
        machine.ram.put64(l1 + 8 * 0x30, CODE | 7); // 0x30000 is CODE's frame again
        run(CODE, "b801000000 cc", 100);
        cpu.regs[Cpu.RBX] = 0x30001;
        run(CODE + 0x2000, "c60307 cc", 100);
        cpu.rip = CODE;
        machine.interpreter.run(100);
        assertEquals(7, cpu.regs[Cpu.RAX]);
    }

    @Test
    void aRemappedPageIsDecodedAfreshOnceItsTranslationIsFlushed() {
        long l1 = RAM - 4 * 4096;
        run(0x20000, "b801000000 cc", 100);
        run(0x21000, "b802000000 cc", 100);
        machine.ram.put64(l1 + 8 * 0x20, 0x21000 | 7);
        cpu.invalidatePage(0x20000);
        cpu.rip = 0x20000;
        machine.interpreter.run(100);
        assertEquals(2, cpu.regs[Cpu.RAX]);
    }

    @Test
    void aRepeatedMoveThatFaultsCanBeResumed() {
        long l1 = RAM - 4 * 4096;
        machine.ram.put64(l1 + 8 * 0x51, 0);
        cpu.regs[Cpu.RSI] = 0x40000;
        cpu.regs[Cpu.RDI] = 0x50f00;
        cpu.regs[Cpu.RCX] = 0x200;
        run(CODE, "f3a4 cc", 100);
        assertEquals(CpuFault.PF, machine.event);
        assertEquals(CODE, cpu.rip);
        assertEquals(0x100, cpu.regs[Cpu.RCX]);
        assertEquals(0x51000, cpu.regs[Cpu.RDI]);
        machine.ram.put64(l1 + 8 * 0x51, 0x51000 | 7);
        machine.interpreter.run(100);
        assertEquals(CpuFault.BP, machine.event);
        assertEquals(0, cpu.regs[Cpu.RCX]);
    }

    @Test
    void anUnendingRepeatYieldsToTheBudget() {
        cpu.regs[Cpu.RCX] = -1;
        cpu.regs[Cpu.RSI] = 0x40000;
        run(CODE, "f3ac cc", 3); // lodsb keeps going until the page tables end
        assertEquals(3, cpu.instructions);
        assertEquals(CODE, cpu.rip);
        assertEquals(-1 - 3 * 65536, cpu.regs[Cpu.RCX]);
    }

    @Test
    void unknownAndOverlongEncodings() {
        run(CODE, "0fff", 100);
        assertEquals(CpuFault.UD, machine.event);
        run(CODE + 64, "6666666666666666 6666666666666666 90", 100);
        assertEquals(CpuFault.GP, machine.event);
        run(CODE + 128, "f090", 100); // LOCK NOP
        assertEquals(CpuFault.UD, machine.event);
    }

    @Test
    void movesOfControlRegistersIgnoreMod() {
        run(CODE, "0f2044 cc", 100); // mod 1, rm 4: neither SIB nor displacement follows
        assertEquals(CpuFault.GP, machine.event);
        assertEquals(3, machine.cache.lookup(cpu).length);
    }

    @Test
    void readOnlyAndNoExecutePages() {
        long l1 = RAM - 4 * 4096;
        machine.ram.put64(l1 + 8 * 0x60, 0x60000 | 5);
        cpu.regs[Cpu.RBX] = 0x60000;
        run(CODE, "c60300", 10);
        assertEquals(CpuFault.PF, machine.event);
        assertEquals(7, machine.errorCode);
        machine.ram.put64(l1 + 8 * 0x60, 0x60000 | 7 | 1L << 63);
        cpu.invalidatePage(0x60000);
        cpu.rip = 0x60000;
        machine.interpreter.run(10);
        assertEquals(CpuFault.PF, machine.event);
        assertEquals(0x15, machine.errorCode);
    }

    @Test
    void theTrapFlagStopsBehindEachInstruction() {
        cpu.regs[Cpu.RSP] = 0x40000;
        // pushf; or dword [rsp], 0x100; popf; inc rax; inc rax
        run(CODE, "9c 810c2400010000 9d 48ffc0 48ffc0 cc", 100);
        assertEquals(CpuFault.DB, machine.event);
        assertEquals(CODE + 12, cpu.rip, "behind the instruction after POPF");
        assertEquals(1, cpu.regs[Cpu.RAX]);
        assertEquals(4, cpu.instructions);
        assertEquals(1 << 14, cpu.debug[6] & 1 << 14);
        machine.interpreter.run(100);
        assertEquals(CODE + 15, cpu.rip);
        assertEquals(2, cpu.regs[Cpu.RAX]);
    }

    @Test
    void aFaultUnderTheTrapFlagIsJustTheFault() {
        Flags.set(cpu, Flags.TF);
        cpu.regs[Cpu.RBX] = 0x4000000000L;
        run(CODE, "488b03", 100);
        assertEquals(CpuFault.PF, machine.event);
        assertEquals(0, cpu.debug[6] & 1 << 14);
    }
}
