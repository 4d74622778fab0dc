package org.xenolith.cpu.vmx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xenolith.cpu.vmx.Controls.APIC_REGISTER_VIRTUALIZATION;
import static org.xenolith.cpu.vmx.Controls.TPR_SHADOW;
import static org.xenolith.cpu.vmx.Controls.VIRTUALIZE_APIC_ACCESSES;
import static org.xenolith.cpu.vmx.Controls.VIRTUALIZE_X2APIC;
import static org.xenolith.cpu.vmx.Controls.VIRTUAL_INTERRUPT_DELIVERY;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.ExitReason;
import org.xenolith.cpu.vmx.GuestMachine.Exit;

/** Accesses to the APIC by memory, MSR and CR8; virtual interrupts; the exits of all these. */
class VirtualApicTest {
    private static final int CODE = GuestMachine.CODE;
    private static final String HLT = "f4";
    private final GuestMachine m = new GuestMachine();

    /** mov eax, [APIC + offset]; hlt. */
    private static String load(int offset) {
        return "8b0425" + address(offset) + HLT;
    }

    /** mov dword [APIC + offset], value; hlt. */
    private static String store(int offset, int value) {
        return "c70425" + address(offset) + little(value) + HLT;
    }

    /** Sign-extended, the address names the APIC's page only after a prefix: use 32 bits. */
    private static String address(int offset) {
        return little(0xfee00000 + offset);
    }

    private static String little(int value) {
        return "%08x".formatted(Integer.reverseBytes(value));
    }

    /** With the address-size prefix, by which 32-bit displacements are zero-extended. */
    private Exit run(String code) {
        return m.run("67" + code);
    }

    private void accesses(int more) {
        m.launch(TPR_SHADOW, VIRTUALIZE_APIC_ACCESSES | more);
    }

    @ParameterizedTest
    @CsvSource({
        "20,  false, true",
        "30,  false, true",
        "80,  true,  true",
        "84,  false, false",
        "82,  true,  true", // a part of the register, if the size fits
        "a0,  false, false",
        "b0,  false, true",
        "c0,  false, false",
        "100, false, true",
        "270, false, true",
        "280, false, true",
        "290, false, false",
        "300, false, true",
        "310, false, true",
        "320, false, true",
        "370, false, true",
        "380, false, true",
        "390, false, false",
        "3e0, false, true",
        "3f0, false, false"
    })
    void reads(String hex, boolean shadowed, boolean virtualized) {
        int offset = Integer.parseInt(hex, 16);
        for (boolean all : new boolean[] {false, true}) {
            accesses(all ? APIC_REGISTER_VIRTUALIZATION : 0);
            m.virtual(offset & ~3, 0x12345678);
            // movzx eax, word [...]
            Exit exit = m.run("670fb70425" + address(offset) + HLT);
            if (all ? virtualized : shadowed) {
                assertEquals(ExitReason.HLT, exit.reason(), hex);
                assertEquals((offset & 2) == 0 ? 0x5678 : 0x1234, m.cpu.regs[Cpu.RAX]);
            } else {
                assertEquals(new Exit(ExitReason.APIC_ACCESS, offset, CODE), exit);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "20,  exit, write",
        "30,  exit, exit",
        "80,  done, done",
        "b0,  exit, write",
        "d0,  exit, write",
        "100, exit, exit",
        "280, exit, write",
        "300, exit, write",
        "310, exit, done",
        "320, exit, write",
        "370, exit, write",
        "380, exit, write",
        "390, exit, exit",
        "3e0, exit, write",
        "3f0, exit, exit"
    })
    void writes(String hex, String shadowed, String virtualized) {
        int offset = Integer.parseInt(hex, 16);
        for (boolean all : new boolean[] {false, true}) {
            accesses(all ? APIC_REGISTER_VIRTUALIZATION : 0);
            m.virtual(offset, 0);
            final Exit exit = run(store(offset, 0x12345678));
            String expected = all ? virtualized : shadowed;
            switch (expected) {
                case "exit" -> {
                    int qualification = offset | 1 << 12;
                    assertEquals(new Exit(ExitReason.APIC_ACCESS, qualification, CODE), exit);
                    assertEquals(0, m.virtual(offset));
                }
                case "write" -> {
                    assertEquals(new Exit(ExitReason.APIC_WRITE, offset, CODE + 12), exit);
                    assertEquals(0x12345678, m.virtual(offset));
                    assertEquals(ExitReason.HLT, m.go().reason());
                }
                default -> {
                    assertEquals(ExitReason.HLT, exit.reason(), hex);
                    int kept = offset == 0x310 ? 0xff000000 : 0xff;
                    assertEquals(0x12345678 & kept, m.virtual(offset));
                }
            }
        }
    }

    @Test
    void wideAndCrossingAccessesExit() {
        accesses(APIC_REGISTER_VIRTUALIZATION);
        // mov rax, [APIC + 80h]
        Exit exit = m.run("67488b0425" + address(0x80) + HLT);
        assertEquals(new Exit(ExitReason.APIC_ACCESS, 0x80, CODE), exit);
        exit = run(load(0x82));
        assertEquals(new Exit(ExitReason.APIC_ACCESS, 0x82, CODE), exit);
        exit = m.run("670fc11c25" + address(0x390)); // xadd: a write
        assertEquals(new Exit(ExitReason.APIC_ACCESS, 0x1390, CODE), exit);
    }

    @Test
    void withoutShadowEveryAccessExits() {
        m.launch(0, VIRTUALIZE_APIC_ACCESSES);
        assertEquals(new Exit(ExitReason.APIC_ACCESS, 0x80, CODE), run(load(0x80)));
        assertEquals(new Exit(ExitReason.APIC_ACCESS, 0x1080, CODE), run(store(0x80, 0)));
    }

    @Test
    void fetchesExit() {
        accesses(0);
        m.cpu.regs[Cpu.RAX] = 0xfee00010L;
        Exit exit = m.run("ffe0"); // jmp rax
        assertEquals(new Exit(ExitReason.APIC_ACCESS, 0x2010, 0xfee00010L), exit);
    }

    @Test
    void anEventThatIsDeliveredThereExits() {
        accesses(0);
        m.cpu.regs[Cpu.RSP] = 0xfee00800L;
        final Exit exit = m.run("0f0b"); // ud2
        assertEquals(ExitReason.APIC_ACCESS, exit.reason());
        assertEquals(3, exit.qualification() >>> 12);
        assertEquals(0x80000306L, m.vmcs.read(VmcsField.IDT_VECTORING_INFORMATION));
    }

    @Test
    void taskPriorityByCr8() {
        m.launch(TPR_SHADOW, 0);
        m.virtual(0x80, 0x35);
        m.run("440f20c0" + HLT); // mov rax, cr8
        assertEquals(3, m.cpu.regs[Cpu.RAX]);
        m.cpu.regs[Cpu.RAX] = 9;
        m.run("440f22c0" + HLT); // mov cr8, rax
        assertEquals(0x90, m.virtual(0x80));
        m.cpu.regs[Cpu.RAX] = 16;
        m.vmcs.write(VmcsField.EXCEPTION_BITMAP, 1 << 13);
        m.launch(TPR_SHADOW, 0);
        assertEquals(ExitReason.EXCEPTION_OR_NMI, m.run("440f22c0" + HLT).reason());
    }

    @Test
    void aPriorityBelowTheThresholdExitsBehindTheInstruction() {
        m.vmcs.write(VmcsField.TPR_THRESHOLD, 5);
        m.virtual(0x80, 0x80);
        accesses(0);
        m.cpu.regs[Cpu.RAX] = 4;
        Exit exit = m.run("440f22c0" + HLT);
        assertEquals(new Exit(ExitReason.TPR_BELOW_THRESHOLD, 0, CODE + 4), exit);
        exit = run(store(0x80, 0x50));
        assertEquals(ExitReason.HLT, exit.reason());
        exit = run(store(0x80, 0x4f));
        assertEquals(new Exit(ExitReason.TPR_BELOW_THRESHOLD, 0, CODE + 12), exit);
        m.virtual(0x80, 0);
        m.launch(TPR_SHADOW, VIRTUALIZE_APIC_ACCESSES);
        exit = m.run(HLT);
        assertEquals(new Exit(ExitReason.TPR_BELOW_THRESHOLD, 0, CODE), exit);
    }

    /**
     * Stores that keep the block going see all of their instruction, and no more, before an exit.
     */
    @Test
    void aReadModifyWriteExitsBehind() {
        accesses(APIC_REGISTER_VIRTUALIZATION);
        m.virtual(0xd0, 5);
        m.cpu.regs[Cpu.RBX] = 3;
        // xadd [APIC + d0h], ebx; inc ebx
        Exit exit = m.run("670fc11c25" + address(0xd0) + "ffc3" + HLT);
        assertEquals(new Exit(ExitReason.APIC_WRITE, 0xd0, CODE + 9), exit);
        assertEquals(8, m.virtual(0xd0));
        assertEquals(5, m.cpu.regs[Cpu.RBX]);
    }

    private void x2apic(int more) {
        m.launch(TPR_SHADOW, VIRTUALIZE_X2APIC | more);
    }

    private Exit rdmsr(int msr) {
        m.cpu.regs[Cpu.RCX] = msr;
        return m.run("0f32" + HLT);
    }

    private Exit wrmsr(int msr, long value) {
        m.cpu.regs[Cpu.RCX] = msr;
        m.cpu.regs[Cpu.RAX] = value & 0xffffffffL;
        m.cpu.regs[Cpu.RDX] = value >>> 32;
        return m.run("0f30" + HLT);
    }

    @Test
    void registersByMsr() {
        m.vmcs.write(VmcsField.EXCEPTION_BITMAP, 1 << 13);
        x2apic(0);
        m.virtual(0x80, 0x21);
        m.virtual(0x84, 7);
        rdmsr(0x808);
        assertEquals(0x21, m.cpu.regs[Cpu.RAX]);
        assertEquals(7, m.cpu.regs[Cpu.RDX]);
        assertEquals(ExitReason.EXCEPTION_OR_NMI, rdmsr(0x80a).reason());
        assertEquals(ExitReason.HLT, wrmsr(0x808, 0x44).reason());
        assertEquals(0x44, m.virtual(0x80));
        assertEquals(ExitReason.EXCEPTION_OR_NMI, wrmsr(0x808, 0x100).reason());
        assertEquals(ExitReason.EXCEPTION_OR_NMI, wrmsr(0x80b, 0).reason());
        x2apic(APIC_REGISTER_VIRTUALIZATION);
        m.virtual(0xa0, 0x66);
        assertEquals(ExitReason.HLT, rdmsr(0x80a).reason());
        assertEquals(0x66, m.cpu.regs[Cpu.RAX]);
    }

    private void status(int rvi, int svi) {
        m.vmcs.write(VmcsField.GUEST_INTERRUPT_STATUS, svi << 8 | rvi);
    }

    private int status() {
        return (int) m.vmcs.read(VmcsField.GUEST_INTERRUPT_STATUS);
    }

    private void delivering(int more) {
        m.launch(TPR_SHADOW, VIRTUAL_INTERRUPT_DELIVERY | more);
    }

    private static int bit(int vector) {
        return 1 << vector;
    }

    @Test
    void aRequestedInterruptIsDelivered() {
        status(0x45, 0);
        m.virtual(0x220, bit(0x45) | bit(0x42));
        delivering(0);
        final Exit exit = m.run("fb90" + HLT); // sti; nop
        assertEquals(ExitReason.HLT, exit.reason());
        assertEquals(GuestMachine.HANDLERS + 16 * 0x45, exit.rip());
        assertEquals(CODE + 2, m.ram.get64(m.cpu.regs[Cpu.RSP]));
        assertEquals(0x4542, status());
        assertEquals(bit(0x42), m.virtual(0x220));
        assertEquals(bit(0x45), m.virtual(0x120));
        assertEquals(0x40, m.virtual(0xa0));
    }

    @Test
    void theTaskPriorityHoldsAnInterruptBack() {
        m.cpu.eflags |= 0x200;
        status(0x45, 0);
        m.virtual(0x220, bit(0x45));
        m.virtual(0x80, 0x40);
        delivering(0);
        m.cpu.regs[Cpu.RAX] = 4;
        assertEquals(CODE + 4, m.run("440f22c0" + HLT).rip()); // mov cr8, rax
        m.cpu.regs[Cpu.RAX] = 3;
        assertEquals(GuestMachine.HANDLERS + 16 * 0x45, m.run("440f22c0" + HLT).rip());
    }

    @Test
    void endOfInterrupt() {
        m.vmcs.write(VmcsField.EOI_EXIT_BITMAP_1, 1L << 0x51 - 64);
        status(0x35, 0x51);
        m.virtual(0x210, bit(0x35));
        m.virtual(0x120, bit(0x51) | bit(0x42));
        delivering(VIRTUALIZE_APIC_ACCESSES);
        m.cpu.eflags |= 0x200;
        Exit exit = run(store(0xb0, 0));
        assertEquals(new Exit(ExitReason.VIRTUALIZED_EOI, 0x51, CODE + 12), exit);
        assertEquals(0x4235, status());
        assertEquals(0x40, m.virtual(0xa0));
        exit = run(store(0xb0, 5));
        assertEquals(GuestMachine.HANDLERS + 16 * 0x35, exit.rip());
        assertEquals(0, m.virtual(0xb0));
        assertEquals(0x3500, status());
        assertEquals(bit(0x35), m.virtual(0x110));
    }

    @Test
    void selfIpis() {
        delivering(VIRTUALIZE_APIC_ACCESSES);
        m.cpu.eflags |= 0x200;
        Exit exit = run(store(0x300, 0x40066));
        assertEquals(GuestMachine.HANDLERS + 16 * 0x66, exit.rip());
        m.cpu.eflags |= 0x200;
        exit = run(store(0x300, 0x66)); // no shorthand
        assertEquals(new Exit(ExitReason.APIC_WRITE, 0x300, CODE + 12), exit);
        exit = run(store(0x300, 0x4000f)); // vector below 16
        assertEquals(new Exit(ExitReason.APIC_WRITE, 0x300, CODE + 12), exit);
        status(0, 0);
        x2apic(VIRTUAL_INTERRUPT_DELIVERY);
        assertEquals(GuestMachine.HANDLERS + 16 * 0x77, wrmsr(0x83f, 0x77).rip());
        status(0, 0);
        assertEquals(new Exit(ExitReason.APIC_WRITE, 0x3f0, CODE + 2), wrmsr(0x83f, 0xf));
        assertTrue(m.exits.size() > 4);
    }

    @Test
    void anInterruptWindowComesFirst() {
        m.cpu.eflags |= 0x200;
        status(0x45, 0);
        m.virtual(0x220, bit(0x45));
        m.launch(TPR_SHADOW | Controls.INTERRUPT_WINDOW_EXITING, VIRTUAL_INTERRUPT_DELIVERY);
        assertEquals(new Exit(ExitReason.INTERRUPT_WINDOW, 0, CODE), m.run("90" + HLT));
        assertEquals(0x45, status());
    }
}
