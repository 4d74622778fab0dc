package org.xenolith.hvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.hvm.vcpu.VcpuHvmContext;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.hypercall.Errno;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/** VCPUOP_initialise: processors that start with the registers that a guest gives them. */
class VcpuInitialiseTest {
    private static final long CONTEXT = 0x40000;

    private final TestDomain test = new TestDomain(2);
    private final Vcpu second = test.domain.vcpus[1];
    private final ByteBuffer context =
            ByteBuffer.allocate(VcpuHvmContext.LENGTH).order(ByteOrder.LITTLE_ENDIAN);

    VcpuInitialiseTest() {
        test.enter32("f4");
    }

    /** Protected mode with flat segments, at the test's code. */
    private void flat32() {
        context.putInt(0, 0).putInt(40, (int) TestDomain.CODE).putInt(44, 2).putInt(48, 1);
        for (int segment = 0; segment < 4; segment++) {
            context.putInt(92 + 4 * segment, -1);
            context.putShort(112 + 2 * segment, (short) (segment == 0 ? 0xc9b : 0xc93));
        }
        context.putInt(108, 0x67).putShort(120, (short) 0x8b);
    }

    private void long64() {
        test.mapFlat();
        context.putInt(0, 1).putLong(72, TestDomain.CODE).putLong(80, 2);
        context.putLong(88, 0x80000011L).putLong(96, TestDomain.ROOT).putLong(104, 0x20);
        context.putLong(112, 0x100);
    }

    private long initialise() throws Exception {
        test.put(CONTEXT, HexFormat.of().formatHex(context.array()));
        return test.hvm.initialiseVcpu(test.domain.vcpus[0], second, CONTEXT);
    }

    private void start(String code) {
        test.put(TestDomain.CODE, code);
        second.bringUp(0);
        assertTrue(second.runnable());
        second.engine.run(1000);
    }

    @Test
    void a32BitProcessorStarts() throws Exception {
        flat32();
        context.putInt(8, 40).putInt(12, 2); // EAX, ECX
        assertEquals(0, initialise());
        start("01 c8  a3 00 00 05 00  fa f4"); // add eax, ecx; mov [0x50000], eax; cli; hlt
        assertEquals(42, test.get32(0x50000));
        assertFalse(second.online);
    }

    @Test
    void a64BitProcessorStarts() throws Exception {
        long64();
        context.putLong(64, 0x1_0000_0007L); // RDI
        assertEquals(0, initialise());
        // mov rax, rdi; shr rax, 32; add eax, edi; mov [0x50000], eax; cli; hlt
        start("48 89 f8  48 c1 e8 20  01 f8  89 04 25 00 00 05 00  fa f4");
        assertEquals(8, test.get32(0x50000));
        assertEquals(0xd00 & Cpu.EFER_LMA | Cpu.EFER_LME, second.cpu.efer);
    }

    @Test
    void compatibilityModeIs32BitRegistersWithLongModeOn() throws Exception {
        test.mapFlat();
        flat32();
        context.putInt(48, 0x80000011).putInt(52, (int) TestDomain.ROOT).putInt(56, 0x20);
        context.putLong(64, 0x500);
        assertEquals(0, initialise());
        assertTrue(second.cpu.longMode());
        start("48  a3 00 00 05 00  fa f4"); // dec eax, not a REX prefix
        assertEquals(-1, test.get32(0x50000));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 2, no such mode",
        "4, 1, padding",
        "40, 0, but a limit of 0 in CS",
        "48, 0x80000000, paging without protection",
        "56, 0x2000, CR4.VMXE",
        "60, 1, padding",
        "64, 0x400, LMA without LME",
        "64, 2, reserved bit of EFER",
        "112, 0x0c930c93, data in CS",
        "112, 0x0c931c9b, rights with unused bits",
        "116, 0x0c930cf3, another privilege in SS",
        "116, 0x0c930c91, SS that is read-only",
        "120, 0x83, a task of 16 bits",
        "124, 1, padding",
    })
    void whatNoProcessorCanBeInIsRefused(int offset, String value, String why) throws Exception {
        flat32();
        if (offset == 40) {
            context.putInt(92, 0).putShort(112, (short) 0x49b).putInt(40, 1);
        } else {
            context.putInt(offset, Long.decode(value).intValue());
        }
        assertEquals(-Errno.EINVAL, initialise(), why);
        assertTrue(second.cpu.waitsForStartup);
        assertTrue(second.cpu.realMode());
    }

    @ParameterizedTest
    @CsvSource({"72, 0x800000000000", "88, 0x11", "88, 0x180000011", "104, 0", "112, 0"})
    void longModeNeedsAllOfItsParts(int offset, String value) throws Exception {
        long64();
        context.putLong(offset, Long.decode(value));
        assertEquals(-Errno.EINVAL, initialise());
    }
}
