package org.xenolith.cpu.vmx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.ExitReason;

/** What VM entry refuses: each time one field of a VMCS that is good otherwise. */
class EntryChecksTest {
    private static final int FAILED = 1 << 31;
    private final RootMachine m = new RootMachine();

    @Test
    void theGoodVmcsEnters() {
        assertEquals(ExitReason.HLT, m.enter("f4"));
        assertEquals(ExitReason.CPUID, m.enter("90 0fa2"));
    }

    /** Error 7 is about controls, 8 about the host's state. */
    @ParameterizedTest
    @CsvSource({
        "PIN_BASED_CONTROLS, 6, 7",
        "PIN_BASED_CONTROLS, 116, 7",
        "PIN_BASED_CONTROLS, 36, 7", // virtual NMIs without NMI exiting
        "PIN_BASED_CONTROLS, 96, 7", // posted interrupts without their delivery
        "PROCESSOR_BASED_CONTROLS, 172, 7",
        "PROCESSOR_BASED_CONTROLS, 4406172, 7", // NMI window without virtual NMIs
        "PROCESSOR_BASED_CONTROLS, 4026172, 7",
        "EXIT_CONTROLS, 200, 7",
        "EXIT_CONTROLS, 436ffb, 7", // saves a timer that is off
        "ENTRY_CONTROLS, 200, 7",
        "CR3_TARGET_COUNT, 5, 7",
        "EXIT_CONTROLS, 36dfb, 8", // not the host's address-space size
        "ENTRY_INTERRUPTION_INFORMATION, 80000100, 7", // a type that is none
        "ENTRY_INTERRUPTION_INFORMATION, 80000203, 7", // an NMI by another vector
        "ENTRY_INTERRUPTION_INFORMATION, 80000320, 7", // no exception
        "ENTRY_INTERRUPTION_INFORMATION, 8000030d, 7", // #GP without an error code
        "ENTRY_INTERRUPTION_INFORMATION, 80000b06, 7", // #UD with one
        "ENTRY_INTERRUPTION_INFORMATION, 80001306, 7",
        "HOST_CR0, 80000013, 8",
        "HOST_CR0, 180000033, 8",
        "HOST_CR3, 400000300000, 8",
        "HOST_CR4, 20, 8",
        "HOST_CR4, 2000, 8",
        "HOST_CS_SELECTOR, 0, 8",
        "HOST_CS_SELECTOR, b, 8",
        "HOST_DS_SELECTOR, 4, 8",
        "HOST_TR_SELECTOR, 0, 8",
        "HOST_FS_BASE, 200000000000000, 8",
        "HOST_GDTR_BASE, 200000000000000, 8",
        "HOST_IA32_SYSENTER_EIP, 200000000000000, 8",
        "HOST_RIP, 200000000000000, 8"
    })
    void instructionFails(VmcsField field, String value, int error) {
        m.set(field, Long.parseUnsignedLong(value, 16));
        assertEquals(-1, m.enter("f4"));
        assertTrue(m.cpu.halted);
        assertEquals(error, m.error());
        assertEquals(RootMachine.CODE + 4, m.cpu.rip);
    }

    @ParameterizedTest
    @CsvSource({
        "USE_IO_BITMAPS, IO_BITMAP_B, 50800",
        "USE_MSR_BITMAPS, MSR_BITMAPS, 400000050000",
        "TPR_SHADOW, VIRTUAL_APIC_ADDRESS, 50010",
        "TPR_SHADOW, TPR_THRESHOLD, 10"
    })
    void addressesCountIfTheyAreUsed(String control, VmcsField field, String value) {
        int bit =
                switch (control) {
                    case "USE_IO_BITMAPS" -> Controls.USE_IO_BITMAPS;
                    case "USE_MSR_BITMAPS" -> Controls.USE_MSR_BITMAPS;
                    default -> Controls.TPR_SHADOW;
                };
        m.set(field, Long.parseUnsignedLong(value, 16));
        assertEquals(ExitReason.HLT, m.enter("f4"));
        m.control(VmcsField.PROCESSOR_BASED_CONTROLS, bit);
        m.set(VmcsField.GUEST_RIP, RootMachine.GUEST);
        assertEquals(-1, m.enter("f4"));
        assertEquals(SoftwareVmx.BAD_CONTROLS, m.error());
    }

    @ParameterizedTest
    @CsvSource({
        "ENABLE_EPT, EPT_POINTER, 300016",
        "ENABLE_VPID, VPID, 0",
        "UNRESTRICTED_GUEST, EPT_POINTER, 30001e",
        "VIRTUALIZE_APIC_ACCESSES, APIC_ACCESS_ADDRESS, 50001",
        "VIRTUALIZE_X2APIC, VPID, 1",
        "VIRTUAL_INTERRUPT_DELIVERY, VPID, 1"
    })
    void secondaryControls(String control, VmcsField field, String value) throws Exception {
        m.set(field, Long.parseUnsignedLong(value, 16));
        assertEquals(ExitReason.HLT, m.enter("f4"));
        m.control(VmcsField.SECONDARY_CONTROLS, Controls.class.getField(control).getInt(null));
        assertEquals(-1, m.enter("f4"));
        assertEquals(SoftwareVmx.BAD_CONTROLS, m.error());
    }

    /** The entry fails behind the instruction: an exit with bit 31 in its reason. */
    @ParameterizedTest
    @CsvSource({
        "GUEST_CR0, 80000013, 0",
        "GUEST_CR0, 80000032, 0",
        "GUEST_CR4, 2000, 0",
        "GUEST_CR3, 400000300000, 0",
        "GUEST_RFLAGS, 0, 0",
        "GUEST_RFLAGS, 8002, 0",
        "GUEST_RFLAGS, 20002, 0", // virtual-8086 mode of a 64-bit guest
        "GUEST_RIP, 200000000000000, 0",
        "GUEST_TR_ACCESS_RIGHTS, 89, 0",
        "GUEST_TR_ACCESS_RIGHTS, 1008b, 0",
        "GUEST_TR_SELECTOR, 14, 0",
        "GUEST_TR_BASE, 200000000000000, 0",
        "GUEST_TR_LIMIT, 100067, 0",
        "GUEST_CS_ACCESS_RIGHTS, e09b, 0",
        "GUEST_CS_ACCESS_RIGHTS, a093, 0",
        "GUEST_CS_ACCESS_RIGHTS, a01b, 0",
        "GUEST_CS_ACCESS_RIGHTS, a0fb, 0",
        "GUEST_CS_BASE, 100000000, 0",
        "GUEST_SS_ACCESS_RIGHTS, c09b, 0",
        "GUEST_SS_SELECTOR, 1, 0",
        "GUEST_DS_ACCESS_RIGHTS, c092, 0",
        "GUEST_DS_ACCESS_RIGHTS, c193, 0",
        "GUEST_DS_LIMIT, 0, 0",
        "GUEST_GDTR_LIMIT, 10000, 0",
        "GUEST_ACTIVITY, 4, 0",
        "GUEST_INTERRUPTIBILITY, 3, 0",
        "GUEST_INTERRUPTIBILITY, 1, 0", // blocking by STI, but IF is clear
        "GUEST_INTERRUPTIBILITY, 20, 0",
        "GUEST_PENDING_DEBUG_EXCEPTIONS, 10, 0",
        "ENTRY_INTERRUPTION_INFORMATION, 80000020, 0", // an interrupt while IF is clear
        "VMCS_LINK_POINTER, 41000, 4",
        "VMCS_LINK_POINTER, 42000, 4"
    })
    void entryFails(VmcsField field, String value, int qualification) {
        m.set(field, Long.parseUnsignedLong(value, 16));
        assertEquals(ExitReason.INVALID_GUEST_STATE, m.enter("f4"));
        assertEquals(
                (ExitReason.INVALID_GUEST_STATE | FAILED) & 0xffffffffL,
                m.get(VmcsField.EXIT_REASON));
        assertEquals(qualification, m.get(VmcsField.EXIT_QUALIFICATION));
        m.run("0f01c3 f4"); // it is not launched
        assertEquals(5, m.error());
    }

    /** Without EPT a guest with PAE paging has its PDPTEs read at once. */
    @Test
    void badPdptes() {
        m.set(VmcsField.ENTRY_CONTROLS, 0x11fb);
        m.set(VmcsField.GUEST_CS_ACCESS_RIGHTS, 0xc09b);
        m.set(VmcsField.GUEST_CR3, 0x70000);
        m.ram.put64(0x70000, 0x3);
        assertEquals(ExitReason.INVALID_GUEST_STATE, m.enter("f4"));
        assertEquals(2, m.get(VmcsField.EXIT_QUALIFICATION));
        m.ram.put64(0x70000, 0x71001);
        m.ram.put64(0x71000, 0x87);
        assertEquals(ExitReason.HLT, m.enter("f4"));
    }

    @Test
    void msrListFails() {
        m.ram.put64(RootMachine.LIST, 0xc0000081L);
        m.ram.put64(RootMachine.LIST + 8, 0x1234);
        m.ram.put64(RootMachine.LIST + 16, 0xc0000100L); // FS base has a field of its own
        m.set(VmcsField.ENTRY_MSR_LOAD_ADDRESS, RootMachine.LIST);
        m.set(VmcsField.ENTRY_MSR_LOAD_COUNT, 2);
        assertEquals(ExitReason.MSR_LOADING, m.enter("f4"));
        assertEquals(2, m.get(VmcsField.EXIT_QUALIFICATION));
        assertEquals(0x1234, m.cpu.star);
        m.set(VmcsField.ENTRY_MSR_LOAD_COUNT, 1);
        assertEquals(ExitReason.HLT, m.enter("f4"));
    }

    /** A load of SS right before VMLAUNCH. */
    @Test
    void blockedByMovSs() {
        m.cpu.selector[Cpu.SS] = 0;
        m.run("31c0 8ed0 0f01c2 f4");
        assertEquals(26, m.error());
    }
}
