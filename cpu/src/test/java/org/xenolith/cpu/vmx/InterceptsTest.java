package org.xenolith.cpu.vmx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.ExitReason;

/** Instructions of a guest that exit, always or by a control, and what the VMCS then says. */
class InterceptsTest {
    private static final int HLT = ExitReason.HLT;
    private final RootMachine m = new RootMachine();
    private final Cpu c = m.cpu;

    /** Reason, length, qualification and instruction information; RAX = 0x30, RBX = 0x40. */
    @ParameterizedTest
    @CsvSource({
        "0fa2, 10, 2, 0, 0",
        "0f08, 13, 2, 0, 0",
        "0f01c1, 18, 3, 0, 0",
        "0f01c2, 20, 3, 0, 0",
        "0f01c4, 26, 3, 0, 0",
        "0f78c3, 23, 3, 0, 418", // VMREAD RBX, RAX
        "0f79d8, 25, 3, 0, 30000400", // VMWRITE RBX, RAX
        "0f78049d34120000, 23, 8, 1234, 80d8102", // VMREAD [RBX*4+0x1234], RAX
        "660fc77310, 19, 5, 10, 61c18100", // VMCLEAR [RBX+0x10]
        "0fc73d00010000, 22, 7, 11107, 78418100", // VMPTRST [RIP+0x100]
        "66410f388009, 50, 6, 0, 14c18100", // INVEPT RCX, [R9]
        "0f01d1, 55, 3, 0, 0"
    })
    void always(String code, int reason, int length, String qualification, String information) {
        c.regs[Cpu.RAX] = 0x30;
        c.regs[Cpu.RBX] = 0x40;
        assertEquals(reason, m.enter(code + " f4"));
        assertEquals(length, m.get(VmcsField.EXIT_INSTRUCTION_LENGTH));
        assertEquals(RootMachine.GUEST, m.get(VmcsField.GUEST_RIP));
        assertEquals(Long.parseLong(qualification, 16), m.get(VmcsField.EXIT_QUALIFICATION));
        if (!information.equals("0")) {
            assertEquals(
                    information, Long.toHexString(m.get(VmcsField.EXIT_INSTRUCTION_INFORMATION)));
        }
    }

    /** The same instruction exits with the control, and does what it does without. */
    @ParameterizedTest
    @CsvSource({
        "INVLPG_EXITING, 0f0138, 14, 30",
        "RDTSC_EXITING, 0f31, 16, 0",
        "CR3_LOAD_EXITING, 0f22d9, 28, 103",
        "CR3_STORE_EXITING, 0f20d9, 28, 113",
        "CR8_LOAD_EXITING, 440f22c2, 28, 208",
        "CR8_STORE_EXITING, 440f20c2, 28, 218",
        "MOV_DR_EXITING, 0f21f9, 29, 117",
        "MOV_DR_EXITING, 0f23c1, 29, 100",
        "UNCONDITIONAL_IO_EXITING, e471, 30, 710048",
        "UNCONDITIONAL_IO_EXITING, 66ef, 30, 1230001",
        "MONITOR_EXITING, 0f01c8, 39, 0",
        "MWAIT_EXITING, 0f01c9, 36, 0",
        "PAUSE_EXITING, f390, 40, 0"
    })
    void byPrimaryControl(String control, String code, int reason, String qualification)
            throws Exception {
        byControl(VmcsField.PROCESSOR_BASED_CONTROLS, control, code, reason, qualification);
    }

    @ParameterizedTest
    @CsvSource({
        "WBINVD_EXITING, 0f09, 54, 0",
        "RDRAND_EXITING, 0fc7f2, 57, 0",
        "RDSEED_EXITING, 0fc7fa, 61, 0",
        "DESCRIPTOR_TABLE_EXITING, 0f010500010000, 46, 11107",
        "DESCRIPTOR_TABLE_EXITING, 0f00c8, 47, 0"
    })
    void bySecondaryControl(String control, String code, int reason, String qualification)
            throws Exception {
        byControl(VmcsField.SECONDARY_CONTROLS, control, code, reason, qualification);
    }

    private void byControl(
            VmcsField field, String control, String code, int reason, String qualification)
            throws Exception {
        m.set(VmcsField.PROCESSOR_BASED_CONTROLS, 0x04006172 | Controls.HLT_EXITING);
        c.regs[Cpu.RAX] = 0x30;
        c.regs[Cpu.RCX] = 0;
        c.regs[Cpu.RDX] = 0x123;
        boolean control8 = control.startsWith("CR8");
        if (!control8 && !control.equals("CR3_LOAD_EXITING") && !control.startsWith("M")) {
            assertEquals(HLT, m.enter(code + " f4"));
            m.set(VmcsField.GUEST_RIP, RootMachine.GUEST);
        }
        c.regs[Cpu.RAX] = 0x30;
        c.regs[Cpu.RCX] = 0;
        c.regs[Cpu.RDX] = 0x123;
        m.control(field, Controls.class.getField(control).getInt(null));
        assertEquals(reason, m.enter(code + " f4"));
        assertEquals(qualification, Long.toHexString(m.get(VmcsField.EXIT_QUALIFICATION)), control);
        int length = code.length() / 2;
        assertEquals(length, m.get(VmcsField.EXIT_INSTRUCTION_LENGTH));
    }

    @Test
    void bitmapsOfPorts() {
        m.set(VmcsField.IO_BITMAP_A, RootMachine.BITMAP);
        m.set(VmcsField.IO_BITMAP_B, RootMachine.BITMAP + 0x1000);
        m.control(VmcsField.PROCESSOR_BASED_CONTROLS, Controls.USE_IO_BITMAPS);
        m.ram.put8(RootMachine.BITMAP + 0x72 / 8, (byte) (1 << (0x72 & 7)));
        m.ram.put8(RootMachine.BITMAP + 0x1000, (byte) 1);
        assertEquals(ExitReason.IO_INSTRUCTION, m.enter("e471 e571 f4"));
        assertEquals(RootMachine.GUEST + 2, m.get(VmcsField.GUEST_RIP));
        c.regs[Cpu.RDX] = 0x8000;
        m.set(VmcsField.GUEST_RIP, RootMachine.GUEST);
        assertEquals(ExitReason.IO_INSTRUCTION, m.enter("ec f4"));
        c.regs[Cpu.RDX] = 0xffff; // wraps around
        assertEquals(ExitReason.IO_INSTRUCTION, m.enter("ed f4"));
    }

    @Test
    void bitmapsOfMsrs() {
        m.set(VmcsField.MSR_BITMAPS, RootMachine.BITMAP);
        m.control(VmcsField.PROCESSOR_BASED_CONTROLS, Controls.USE_MSR_BITMAPS);
        m.ram.put8(RootMachine.BITMAP + 0x174 / 8, (byte) (1 << (0x174 & 7)));
        m.ram.put8(RootMachine.BITMAP + 3072 + 0x81 / 8, (byte) (1 << (0x81 & 7)));
        c.regs[Cpu.RCX] = 0x174;
        assertEquals(ExitReason.RDMSR, m.enter("0f32 f4"));
        c.regs[Cpu.RCX] = 0xc0000081L;
        assertEquals(ExitReason.WRMSR, m.enter("0f32 0f30 f4"));
        assertEquals(RootMachine.GUEST + 2, m.get(VmcsField.GUEST_RIP));
        m.set(VmcsField.GUEST_RIP, RootMachine.GUEST);
        c.regs[Cpu.RCX] = 0x40000000L; // in no bitmap
        assertEquals(ExitReason.RDMSR, m.enter("0f32 f4"));
    }

    /** Bits that the host owns read as it says, and exit if they would change from that. */
    @Test
    void controlRegisterMasks() {
        m.set(VmcsField.CR0_MASK, Cpu.CR0_TS | Cpu.CR0_PE);
        m.set(VmcsField.CR0_READ_SHADOW, Cpu.CR0_TS | Cpu.CR0_PE);
        assertEquals(ExitReason.CONTROL_REGISTER, m.enter("0f20c0 0f22c0 0f06 f4"));
        assertEquals(RootMachine.GUEST + 6, m.get(VmcsField.GUEST_RIP)); // CLTS
        assertEquals(0x20, m.get(VmcsField.EXIT_QUALIFICATION));
        assertEquals(Cpu.CR0_TS, c.regs[Cpu.RAX] & Cpu.CR0_TS);
        c.regs[Cpu.RAX] = 0x1231;
        m.set(VmcsField.GUEST_RIP, RootMachine.GUEST);
        assertEquals(ExitReason.CONTROL_REGISTER, m.enter("0f01f0 f4")); // LMSW
        assertEquals(0x12310030L, m.get(VmcsField.EXIT_QUALIFICATION));
    }

    @Test
    void cr3Targets() {
        m.control(VmcsField.PROCESSOR_BASED_CONTROLS, Controls.CR3_LOAD_EXITING);
        m.set(VmcsField.CR3_TARGET_COUNT, 1);
        m.set(VmcsField.CR3_TARGET_0, RootMachine.TABLES);
        m.set(VmcsField.CR3_TARGET_1, RootMachine.TABLES + 8);
        c.regs[Cpu.RAX] = RootMachine.TABLES;
        assertEquals(HLT, m.enter("0f22d8 f4"));
        c.regs[Cpu.RAX] = RootMachine.TABLES + 8;
        m.set(VmcsField.GUEST_RIP, RootMachine.GUEST);
        assertEquals(ExitReason.CONTROL_REGISTER, m.enter("0f22d8 f4"));
    }

    /** INS with an address of its own segment, and whether it is repeated. */
    @Test
    void stringInstructionsOfPorts() {
        m.control(VmcsField.PROCESSOR_BASED_CONTROLS, Controls.UNCONDITIONAL_IO_EXITING);
        c.regs[Cpu.RDX] = 0x60;
        c.regs[Cpu.RDI] = 0x123456;
        c.regs[Cpu.RCX] = 2;
        assertEquals(ExitReason.IO_INSTRUCTION, m.enter("f36d f4"));
        assertEquals(0x60003bL, m.get(VmcsField.EXIT_QUALIFICATION));
        assertEquals(0x123456, m.get(VmcsField.GUEST_LINEAR_ADDRESS));
        assertEquals(0x100, m.get(VmcsField.EXIT_INSTRUCTION_INFORMATION) & 0x380);
    }

    /** What a guest may not have raises #UD, which the exception bitmap can ask for. */
    @ParameterizedTest
    @CsvSource({
        "0f01f9, ENABLE_RDTSCP",
        "f30fc7f8, ENABLE_RDTSCP", // RDPID
        "660f388208, ENABLE_INVPCID"
    })
    void absentInstructions(String code, String control) throws Exception {
        m.set(VmcsField.EXCEPTION_BITMAP, 1 << CpuFault.UD);
        c.regs[Cpu.RAX] = 0x30000;
        c.regs[Cpu.RCX] = 3;
        assertEquals(ExitReason.EXCEPTION_OR_NMI, m.enter(code + " f4"));
        assertEquals(0x80000306L, m.get(VmcsField.EXIT_INTERRUPTION_INFORMATION));
        m.control(VmcsField.SECONDARY_CONTROLS, Controls.class.getField(control).getInt(null));
        c.regs[Cpu.RAX] = 0x30000;
        c.regs[Cpu.RCX] = 3;
        assertEquals(HLT, m.enter(code + " f4"));
        assertTrue(m.exited());
    }
}
