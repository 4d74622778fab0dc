package org.xenolith.cpu.vmx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;

/** VMX instructions of software in root operation, and outside VMX operation. */
class VmxInstructionsTest {
    private static final int SLOT = 0x70000;
    private static final int OTHER = 0x42000;
    private final RootMachine m = new RootMachine();
    private final Cpu c = m.cpu;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0f01c1", // VMCALL
                "0f01c2",
                "0f01c3",
                "0f01c4",
                "0f78c0",
                "0f79c0",
                "660fc730", // VMCLEAR [RAX]
                "0fc730",
                "0fc738",
                "660f388000", // INVEPT
                "660f388100"
            })
    void undefinedOutsideVmxOperation(String code) {
        c.vmx.off();
        m.run(code + " f4");
        assertEquals(CpuFault.UD, m.vector());
    }

    @Test
    void vmcallInRootFails() {
        m.run("0f01c1 f4");
        assertEquals(1, m.error());
    }

    @Test
    void vmxonNeedsItsBits() {
        c.vmx.off();
        c.ram.put64(SLOT, RootMachine.REGION);
        c.regs[Cpu.RAX] = SLOT;
        String vmxon = "f30fc730 f4";
        c.cr4 &= ~(long) Cpu.CR4_VMXE;
        m.run(vmxon);
        assertEquals(CpuFault.UD, m.vector());
        c.cr4 |= Cpu.CR4_VMXE;
        c.cr0 &= ~(long) Cpu.CR0_NE;
        m.run(vmxon);
        assertEquals(CpuFault.GP, m.vector());
        c.cr0 |= Cpu.CR0_NE;
        c.vmx.featureControl = 4;
        m.run(vmxon);
        assertEquals(CpuFault.GP, m.vector());
        c.vmx.featureControl = 5;
        m.ram.put32(RootMachine.REGION, 1);
        m.run(vmxon);
        assertEquals(0, m.error());
        m.ram.put32(RootMachine.REGION, MemoryVmcs.REVISION);
        m.run(vmxon);
        assertEquals(-1, m.error());
        assertTrue(c.vmx.on);
        c.vmx.load(RootMachine.VMCS);
        m.run(vmxon);
        assertEquals(15, m.error());
    }

    /** CR4.VMXE and CR0.NE cannot be cleared in VMX operation. */
    @ParameterizedTest
    @CsvSource({"0f22c0, 80000013", "0f22e0, 20"})
    void controlRegistersAreFixed(String mov, String value) {
        c.regs[Cpu.RAX] = Long.parseLong(value, 16);
        m.run(mov + " f4");
        assertEquals(CpuFault.GP, m.vector());
        c.vmx.off();
        m.run(mov + " f4");
        assertEquals(-1, m.vector());
    }

    @ParameterizedTest
    @CsvSource({
        "660fc730, 41001, 2", // VMCLEAR
        "660fc730, 400000041000, 2",
        "660fc730, 40000, 3",
        "660fc730, 42000, -1",
        "0fc730, 41001, 9", // VMPTRLD
        "0fc730, 40000, 10",
        "0fc730, 42000, 11"
    })
    void regions(String code, String address, int error) {
        c.ram.put64(SLOT, Long.parseLong(address, 16));
        c.regs[Cpu.RAX] = SLOT;
        m.run(code + " f4");
        assertEquals(error, m.error());
    }

    @Test
    void pointer() {
        c.regs[Cpu.RAX] = SLOT;
        m.run("0fc738 f4"); // VMPTRST
        assertEquals(RootMachine.VMCS, c.ram.get64(SLOT));
        c.vmx.clear(RootMachine.VMCS);
        m.run("0fc738 f4");
        assertEquals(-1, c.ram.get64(SLOT));
        m.run("0f01c2 f4");
        assertEquals(0, m.error()); // VMfailInvalid
    }

    @Test
    void launchState() {
        assertEquals(12, m.enter("f4"));
        m.run("0f01c2 f4");
        assertEquals(4, m.error());
        c.vmx.clear(RootMachine.VMCS);
        c.vmx.load(RootMachine.VMCS);
        m.run("0f01c3 f4");
        assertEquals(5, m.error());
    }

    @Test
    void fieldsKeepWhatFits() {
        for (VmcsField field : VmcsField.values()) {
            boolean known = new Capabilities(m.model).has(field);
            c.regs[Cpu.RAX] = 0x1122334455667788L;
            c.regs[Cpu.RCX] = field.encoding;
            m.run("0f79c8 f4"); // VMWRITE RCX, RAX
            assertEquals(known ? -1 : 12, m.error(), field.label());
            c.regs[Cpu.RAX] = 5;
            m.run("0f78c8 f4"); // VMREAD RAX, RCX
            assertEquals(
                    known ? 0x1122334455667788L & field.mask() : 5, c.regs[Cpu.RAX], field.label());
        }
    }

    @Test
    void upperHalves() {
        c.vmx.write(VmcsField.TSC_OFFSET.encoding, 0x1122334455667788L);
        c.vmx.write(VmcsField.TSC_OFFSET.encoding + 1, 0xffffffffL);
        assertEquals(0xffffffff55667788L, m.get(VmcsField.TSC_OFFSET));
        assertTrue(c.vmx.read(VmcsField.TSC_OFFSET.encoding + 1));
        assertEquals(0xffffffffL, c.vmx.value);
        assertFalse(c.vmx.read(VmcsField.GUEST_CR3.encoding + 1));
        assertEquals(12, m.error());
        assertFalse(c.vmx.read(1L << 32 | VmcsField.GUEST_CR3.encoding));
    }

    @Test
    void memoryOperands() {
        c.ram.put64(SLOT, 0x1234);
        c.regs[Cpu.RAX] = SLOT;
        c.regs[Cpu.RCX] = VmcsField.GUEST_RSP.encoding;
        m.run("0f7908 f4"); // VMWRITE RCX, [RAX]
        assertEquals(0x1234, m.get(VmcsField.GUEST_RSP));
        c.ram.put64(SLOT, 0);
        m.run("0f7808 f4"); // VMREAD [RAX], RCX
        assertEquals(0x1234, c.ram.get64(SLOT));
        assertEquals(-1, m.error());
    }

    /** A guest's VMREAD and VMWRITE reach a shadow VMCS where the bitmaps say so. */
    @Test
    void shadowing() {
        int reads = RootMachine.BITMAP;
        int writes = RootMachine.BITMAP + 0x1000;
        c.ram.fill(writes, 4096, (byte) -1);
        c.ram.put32(OTHER, MemoryVmcs.REVISION | MemoryVmcs.SHADOW);
        m.set(VmcsField.VMCS_LINK_POINTER, OTHER);
        m.set(VmcsField.VMREAD_BITMAP, reads);
        m.set(VmcsField.VMWRITE_BITMAP, writes);
        m.control(VmcsField.SECONDARY_CONTROLS, Controls.VMCS_SHADOWING);
        new MemoryVmcs(c.ram, OTHER).store(VmcsField.GUEST_RSP, 0x1234);
        c.regs[Cpu.RCX] = VmcsField.GUEST_RSP.encoding;
        assertEquals(25, m.enter("0f78c8 0f79c8 f4"));
        assertEquals(0x1234, c.regs[Cpu.RAX]);
        c.ram.fill(writes, 4096, (byte) 0);
        c.regs[Cpu.RAX] = 0x5678;
        assertEquals(12, m.enter("0f78c8 0f79c8 f4"));
        assertEquals(0x5678, new MemoryVmcs(c.ram, OTHER).read(VmcsField.GUEST_RSP));
        c.vmx.load(OTHER);
        m.run("0f01c2 f4");
        assertEquals(0, m.error()); // no entry by a shadow VMCS
    }

    @Test
    void invalidationOperands() {
        c.regs[Cpu.RAX] = SLOT;
        c.regs[Cpu.RCX] = 2;
        m.run("660f388008 f4"); // INVEPT RCX, [RAX]
        assertEquals(-1, m.error());
        c.regs[Cpu.RCX] = 3;
        m.run("660f388008 f4");
        assertEquals(28, m.error());
        c.regs[Cpu.RCX] = 4;
        m.run("660f388108 f4"); // INVVPID RCX, [RAX]
        assertEquals(28, m.error());
    }

    @Test
    void featureControlLocks() {
        c.vmx.featureControl = 0;
        assertThrows(CpuFault.class, () -> c.msrs.write(0x3a, 2));
        c.msrs.write(0x3a, 5);
        assertEquals(5, c.msrs.read(0x3a));
        assertThrows(CpuFault.class, () -> c.msrs.write(0x3a, 5));
        assertThrows(CpuFault.class, () -> c.msrs.write(0x480, 0));
    }

    @Test
    void capabilities() {
        for (int pair : new int[] {0x481, 0x482, 0x483, 0x484, 0x48b, 0x48d, 0x48e, 0x48f, 0x490}) {
            long value = c.msrs.read(pair);
            int required = (int) value;
            assertEquals(required, required & (int) (value >>> 32), Integer.toHexString(pair));
        }
        assertEquals(MemoryVmcs.REVISION, (int) c.msrs.read(0x480));
        assertEquals(0x80000021L, c.msrs.read(0x486));
        assertEquals(c.cr4Allowed, c.msrs.read(0x489));
        assertThrows(CpuFault.class, () -> c.msrs.read(0x491));
    }

    /** INIT waits in root operation. */
    @Test
    void initWaits() {
        c.bootstrap = true;
        c.pins |= Cpu.PIN_INIT;
        m.run("90 f4");
        assertEquals(RootMachine.CODE + 2, c.rip);
        m.run("0f01c4 90 f4"); // VMXOFF
        assertFalse(c.vmx.on);
        assertTrue(c.rip != RootMachine.CODE + 5, "INIT has come");
    }
}
