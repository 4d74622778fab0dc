package org.xenolith.cpu.vmx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.ExitReason;

/** Exceptions, interrupts, timers and traps of a guest; injection; the state that exits save. */
class GuestEventsTest {
    private static final long VALID = 0x80000000L;
    private final RootMachine m = new RootMachine();
    private final Cpu c = m.cpu;

    @Test
    void stateIsSavedAndLoaded() {
        m.set(VmcsField.GUEST_RFLAGS, 0x202);
        m.set(VmcsField.GUEST_IA32_SYSENTER_ESP, 0x4444);
        m.set(VmcsField.HOST_IA32_SYSENTER_ESP, 0x5555);
        m.set(VmcsField.HOST_FS_BASE, 0x6666);
        m.set(VmcsField.GUEST_FS_BASE, 0x7777);
        assertEquals(ExitReason.HLT, m.enter("bc00800000 fd f4")); // RSP, DF
        assertEquals(0x8000, m.get(VmcsField.GUEST_RSP));
        assertEquals(0x602, m.get(VmcsField.GUEST_RFLAGS));
        assertEquals(RootMachine.GUEST + 6, m.get(VmcsField.GUEST_RIP));
        assertEquals(0x7777, m.get(VmcsField.GUEST_FS_BASE));
        assertEquals(0x4444, m.get(VmcsField.GUEST_IA32_SYSENTER_ESP));
        assertEquals(0x5555, c.sysenterEsp);
        assertEquals(0x6666, c.segmentBase[Cpu.FS]);
        assertEquals(RootMachine.STACK, c.regs[Cpu.RSP]);
        assertEquals(0xffff, c.gdtLimit);
        assertEquals(0x67, c.segmentLimit[Cpu.TR]);
        assertEquals(0x400, c.debug[7]);
        assertNull(c.nonRoot);
    }

    @Test
    void exceptionBitmap() {
        m.set(VmcsField.EXCEPTION_BITMAP, 1 << CpuFault.DE | 1 << CpuFault.BP);
        c.regs[Cpu.RCX] = 0;
        assertEquals(ExitReason.EXCEPTION_OR_NMI, m.enter("f7f1 f4"));
        assertEquals(VALID | 0x300, m.get(VmcsField.EXIT_INTERRUPTION_INFORMATION));
        assertEquals(RootMachine.GUEST, m.get(VmcsField.GUEST_RIP));
        assertEquals(0x10000, m.get(VmcsField.GUEST_RFLAGS) & 0x10000); // RF
        assertEquals(ExitReason.EXCEPTION_OR_NMI, m.enter("cc f4"));
        assertEquals(VALID | 0x603, m.get(VmcsField.EXIT_INTERRUPTION_INFORMATION));
        assertEquals(1, m.get(VmcsField.EXIT_INSTRUCTION_LENGTH));
        assertEquals(RootMachine.GUEST, m.get(VmcsField.GUEST_RIP));
        m.enter("0f0b f4"); // its own handler, which halts
        assertEquals(RootMachine.HANDLERS + 16 * CpuFault.UD, m.get(VmcsField.GUEST_RIP));
    }

    /** Which page faults exit: mask and match turn the bitmap's bit round. */
    @ParameterizedTest
    @CsvSource({"true, 0, 0, true", "true, 2, 2, false", "false, 2, 2, true", "false, 0, 0, false"})
    void pageFaults(boolean bit, int mask, int match, boolean exits) {
        m.set(VmcsField.EXCEPTION_BITMAP, bit ? 1 << CpuFault.PF : 0);
        m.set(VmcsField.PAGE_FAULT_ERROR_CODE_MASK, mask);
        m.set(VmcsField.PAGE_FAULT_ERROR_CODE_MATCH, match);
        c.regs[Cpu.RAX] = 0x40000123L;
        c.cr2 = 0x99;
        int reason = m.enter("8b00 f4"); // a load: error code 0
        assertEquals(exits ? ExitReason.EXCEPTION_OR_NMI : ExitReason.HLT, reason);
        assertEquals(exits ? 0x99 : 0x40000123L, c.cr2);
        if (exits) {
            assertEquals(VALID | 0xb0e, m.get(VmcsField.EXIT_INTERRUPTION_INFORMATION));
            assertEquals(0x40000123L, m.get(VmcsField.EXIT_QUALIFICATION));
        }
    }

    /** A step trap: the qualification tells of it, DR6 does not. */
    @Test
    void debugExceptions() {
        m.set(VmcsField.EXCEPTION_BITMAP, 1 << CpuFault.DB);
        m.set(VmcsField.GUEST_RFLAGS, 0x102);
        long before = c.debug[6];
        assertEquals(ExitReason.EXCEPTION_OR_NMI, m.enter("90 90 f4"));
        assertEquals(VALID | 0x301, m.get(VmcsField.EXIT_INTERRUPTION_INFORMATION));
        assertEquals(0x4000, m.get(VmcsField.EXIT_QUALIFICATION));
        assertEquals(RootMachine.GUEST + 1, m.get(VmcsField.GUEST_RIP));
        assertEquals(before, c.debug[6]);
    }

    @Test
    void tripleFault() {
        m.set(VmcsField.GUEST_IDTR_LIMIT, 0);
        assertEquals(ExitReason.TRIPLE_FAULT, m.enter("0f0b"));
        assertEquals(0, m.shutDowns);
        assertFalse(c.shutdown);
    }

    /** Delivery of INT 0x40 fails, and the #GP that follows exits. */
    @Test
    void exceptionWhileDelivering() {
        m.set(VmcsField.EXCEPTION_BITMAP, 1 << CpuFault.GP);
        m.set(VmcsField.GUEST_IDTR_LIMIT, 0x3ff);
        assertEquals(ExitReason.EXCEPTION_OR_NMI, m.enter("90 cd40 f4"));
        assertEquals(VALID | 0xb0d, m.get(VmcsField.EXIT_INTERRUPTION_INFORMATION));
        assertEquals(0x202, m.get(VmcsField.EXIT_INTERRUPTION_ERROR_CODE));
        assertEquals(VALID | 0x440, m.get(VmcsField.IDT_VECTORING_INFORMATION));
        assertEquals(2, m.get(VmcsField.EXIT_INSTRUCTION_LENGTH));
        assertEquals(RootMachine.GUEST + 1, m.get(VmcsField.GUEST_RIP));
    }

    /** Interruption information, error code, and what the handler finds at the top of its stack. */
    @ParameterizedTest
    @CsvSource({
        "20, 11000", // external interrupt
        "306, 11000",
        "b0d, 77",
        "440, 11002", // software interrupt of two bytes
        "603, 11002"
    })
    void injection(String info, String top) {
        m.set(VmcsField.GUEST_RFLAGS, 0x202);
        m.set(VmcsField.ENTRY_INTERRUPTION_INFORMATION, VALID | Long.parseLong(info, 16));
        m.set(VmcsField.ENTRY_EXCEPTION_ERROR_CODE, 0x77);
        m.set(VmcsField.ENTRY_INSTRUCTION_LENGTH, 2);
        assertEquals(ExitReason.HLT, m.enter("90 f4"));
        int vector = Integer.parseInt(info, 16) & 0xff;
        assertEquals(RootMachine.HANDLERS + 16 * vector, m.get(VmcsField.GUEST_RIP));
        assertEquals(Long.parseLong(top, 16), m.ram.get64(m.get(VmcsField.GUEST_RSP)));
        assertEquals(0, m.get(VmcsField.ENTRY_INTERRUPTION_INFORMATION) & VALID);
    }

    /** A far jump of 32-bit code to a task, and a task gate for an interrupt. */
    @ParameterizedTest
    @CsvSource({"ea000000001000, 7, 80000010, 0", "90cd40, 2, c0000010, 80000440"})
    void taskSwitches(String code, int length, String qualification, String vectoring) {
        m.set(VmcsField.ENTRY_CONTROLS, 0x11fb);
        m.set(VmcsField.GUEST_CS_ACCESS_RIGHTS, 0xc09b);
        m.set(VmcsField.GUEST_CS_LIMIT, -1);
        m.set(VmcsField.GUEST_CR3, 0x70000);
        m.ram.put64(0x70000, 0x71001);
        m.ram.put64(0x71000, 0x87);
        m.ram.put64(0x2010, 0x0000890000000067L); // TSS
        m.ram.put64(0x3000 + 8 * 0x40, 0x0000850000100000L);
        assertEquals(ExitReason.TASK_SWITCH, m.enter(code + " f4"));
        assertEquals(qualification, Long.toHexString(m.get(VmcsField.EXIT_QUALIFICATION)));
        assertEquals(length, m.get(VmcsField.EXIT_INSTRUCTION_LENGTH));
        assertEquals(vectoring, Long.toHexString(m.get(VmcsField.IDT_VECTORING_INFORMATION)));
        assertEquals(0x10, m.get(VmcsField.GUEST_TR_SELECTOR));
    }

    @Test
    void interruptWindow() {
        m.control(VmcsField.PROCESSOR_BASED_CONTROLS, Controls.INTERRUPT_WINDOW_EXITING);
        assertEquals(ExitReason.INTERRUPT_WINDOW, m.enter("90 fb 90 90 f4")); // STI
        assertEquals(RootMachine.GUEST + 3, m.get(VmcsField.GUEST_RIP));
        assertEquals(0, m.get(VmcsField.GUEST_INTERRUPTIBILITY));
        assertEquals(ExitReason.INTERRUPT_WINDOW, m.enter("90 fb 90 90 f4"));
        assertEquals(RootMachine.GUEST + 3, m.get(VmcsField.GUEST_RIP));
    }

    @Test
    void nmis() {
        m.set(VmcsField.PIN_BASED_CONTROLS, 0x16 | Controls.NMI_EXITING | Controls.VIRTUAL_NMIS);
        m.set(VmcsField.ENTRY_INTERRUPTION_INFORMATION, VALID | 0x202);
        assertEquals(ExitReason.HLT, m.enter("90 f4"));
        assertEquals(8, m.get(VmcsField.GUEST_INTERRUPTIBILITY));
        c.nmiBlocked = true; // so that the host does not take it
        c.pins |= Cpu.PIN_NMI;
        place();
        assertEquals(ExitReason.EXCEPTION_OR_NMI, m.enter("90 f4"));
        assertEquals(VALID | 0x202, m.get(VmcsField.EXIT_INTERRUPTION_INFORMATION));
        assertTrue(c.nmiBlocked); // in the host, which is to execute IRET
        c.nmiBlocked = false;
        place();
        m.set(VmcsField.GUEST_INTERRUPTIBILITY, 0);
        m.control(VmcsField.PROCESSOR_BASED_CONTROLS, Controls.NMI_WINDOW_EXITING);
        assertEquals(ExitReason.NMI_WINDOW, m.enter("90 f4"));
        assertEquals(RootMachine.GUEST, m.get(VmcsField.GUEST_RIP));
    }

    private void place() {
        m.set(VmcsField.GUEST_RIP, RootMachine.GUEST);
    }

    @Test
    void monitorTrap() {
        m.control(VmcsField.PROCESSOR_BASED_CONTROLS, Controls.MONITOR_TRAP_FLAG);
        for (int i = 1; i <= 3; i++) {
            assertEquals(ExitReason.MONITOR_TRAP, m.enter("90 90 90 f4"));
            assertEquals(RootMachine.GUEST + i, m.get(VmcsField.GUEST_RIP));
        }
        m.set(VmcsField.ENTRY_INTERRUPTION_INFORMATION, VALID | 0x306);
        assertEquals(ExitReason.MONITOR_TRAP, m.enter("90 90 90 f4"));
        assertEquals(RootMachine.HANDLERS + 16 * CpuFault.UD, m.get(VmcsField.GUEST_RIP));
    }

    @Test
    void preemptionTimer() {
        m.control(VmcsField.PIN_BASED_CONTROLS, Controls.PREEMPTION_TIMER);
        m.control(VmcsField.EXIT_CONTROLS, Controls.EXIT_SAVE_TIMER);
        m.set(VmcsField.PREEMPTION_TIMER_VALUE, 0);
        assertEquals(ExitReason.PREEMPTION_TIMER, m.enter("ebfe"));
        c.tscOffset = 13 - c.now(); // its bits count, whatever virtual time says
        m.set(VmcsField.PREEMPTION_TIMER_VALUE, 100);
        assertEquals(ExitReason.HLT, m.enter("90".repeat(68) + "f4"));
        // bit 5 has changed at 32 and 64, and during the exit at 96 to 256
        assertEquals(92, m.get(VmcsField.PREEMPTION_TIMER_VALUE));
        assertEquals(13 + 1 + 68 + SoftwareRoot.EXIT_TIME + 1, c.now() + c.tscOffset);
        m.set(VmcsField.PREEMPTION_TIMER_VALUE, 98);
        assertEquals(Long.MAX_VALUE, m.timers.nextDeadline());
        place();
        m.place(RootMachine.GUEST, "ebfe");
        m.place(RootMachine.CODE, "0f01c3");
        c.rip = RootMachine.CODE;
        c.halted = false;
        m.interpreter.run(1);
        long entered = c.now();
        m.interpreter.run(m.timers.nextDeadline() - entered);
        assertTrue(m.timers.fireFirst(c.now()));
        m.runOn();
        assertEquals(ExitReason.PREEMPTION_TIMER, m.get(VmcsField.EXIT_REASON));
        assertEquals(0, m.get(VmcsField.PREEMPTION_TIMER_VALUE));
        long end = (entered + c.tscOffset >> 5) + 98 << 5;
        assertEquals(end + SoftwareRoot.EXIT_TIME + 1, c.now() + c.tscOffset); // and HLT
    }

    @Test
    void tscOffset() {
        m.control(VmcsField.PROCESSOR_BASED_CONTROLS, Controls.USE_TSC_OFFSETTING);
        m.set(VmcsField.TSC_OFFSET, 1L << 40);
        assertEquals(ExitReason.HLT, m.enter("0f31 f4"));
        assertEquals(1 << 8, c.regs[Cpu.RDX]);
        m.run("0f31 f4");
        assertEquals(0, c.regs[Cpu.RDX]);
    }

    @Test
    void activityStates() {
        m.set(VmcsField.GUEST_ACTIVITY, GuestState.WAITS_FOR_SIPI);
        m.enter("90 f4");
        assertTrue(c.nonRoot != null && c.waitsForStartup);
        c.nonRoot.startup(c, 0x12);
        assertNull(c.nonRoot);
        assertEquals(ExitReason.SIPI, m.get(VmcsField.EXIT_REASON));
        assertEquals(0x12, m.get(VmcsField.EXIT_QUALIFICATION));
        assertEquals(GuestState.WAITS_FOR_SIPI, m.get(VmcsField.GUEST_ACTIVITY));
        m.set(VmcsField.GUEST_ACTIVITY, GuestState.ACTIVE);
        c.pins |= Cpu.PIN_INIT;
        assertEquals(ExitReason.INIT, m.enter("90 f4"));
    }

    @Test
    void msrListsAtExit() {
        m.ram.put64(RootMachine.LIST, 0xc0000082L);
        m.ram.put64(RootMachine.LIST + 16, 0xc0000082L);
        m.ram.put64(RootMachine.LIST + 24, 0x4321);
        m.set(VmcsField.EXIT_MSR_STORE_ADDRESS, RootMachine.LIST);
        m.set(VmcsField.EXIT_MSR_STORE_COUNT, 1);
        m.set(VmcsField.EXIT_MSR_LOAD_ADDRESS, RootMachine.LIST + 16);
        m.set(VmcsField.EXIT_MSR_LOAD_COUNT, 1);
        c.lstar = 0x1234;
        assertEquals(ExitReason.HLT, m.enter("f4"));
        assertEquals(0x1234, m.ram.get64(RootMachine.LIST + 8));
        assertEquals(0x4321, c.lstar);
        m.ram.put64(RootMachine.LIST + 16, 0x12345);
        m.enter("f4"); // VMX abort
        assertEquals(1, m.shutDowns);
        assertEquals(4, m.ram.get32(RootMachine.VMCS + 4));
    }
}
