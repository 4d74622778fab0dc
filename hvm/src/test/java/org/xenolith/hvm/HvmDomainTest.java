package org.xenolith.hvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.ExitReason;
import org.xenolith.xen.domain.ShutdownReason;

import java.nio.charset.StandardCharsets;

/** Exits of a domain's processor, by code that causes them. */
class HvmDomainTest {
    private final TestDomain test = new TestDomain();
    private final Cpu cpu = test.cpu;

    @Test
    void aLoopOfSystemCallsNeverExits() {
        cpu.star = 0x0013_0008L << 32; // SYSCALL to 8, SYSRET to 0x23
        cpu.lstar = 0x20000;
        cpu.regs[Cpu.RBX] = 100_000;
        test.put(0x20000, "48 ff c5  48 0f 07"); // inc rbp; sysret
        test.enter64(3, "0f 05  ff cb  75 fa  0f 01 c1"); // syscall; dec ebx; jnz; vmcall
        test.run(500_000);
        assertEquals(0, test.allExits());
        assertEquals(100_000, cpu.regs[Cpu.RBP]);
        test.run(1);
        assertEquals(1, test.exits(ExitReason.VMCALL));
        assertEquals(-1, cpu.regs[Cpu.RAX]); // -EPERM: hypercalls are the kernel's
    }

    @Test
    void cpuidNamesXen() {
        cpu.regs[Cpu.RAX] = 0x40000000L;
        test.enter32("b8 00 00 00 40  0f a2"); // mov eax, 0x40000000; cpuid
        test.run(2);
        assertEquals(0x40000005L, cpu.regs[Cpu.RAX]);
        assertEquals(0x566e6558L, cpu.regs[Cpu.RBX]); // "XenV"
        assertEquals(1, test.exits(ExitReason.CPUID));
        assertEquals(2, cpu.instructions);
    }

    @Test
    void bytesToTheDebugPortArriveOneByOneAndAsAString() {
        test.put(0x30000, "6e 6f 6c 69 74 68");
        // mov al, 'X'; out 0xe9, al; mov esi, 0x30000; mov ecx, 6; mov edx, 0xe9; rep outsb
        test.enter32("b0 58 e6 e9  be 00 00 03 00  b9 06 00 00 00  ba e9 00 00 00  f3 6e");
        test.run(6);
        assertEquals("Xnolith", test.debug.toString(StandardCharsets.US_ASCII));
        assertEquals(2, test.exits(ExitReason.IO_INSTRUCTION));
        assertEquals(TestDomain.CODE + 21, cpu.rip);
    }

    @Test
    void theLocalApicIsReachedThroughEptViolations() {
        // mov eax, [0xfee00030]; mov dword [0xfee00080], 0x20; mov ebx, [0xfee00080]
        test.enter32("a1 30 00 e0 fe  c7 05 80 00 e0 fe 20 00 00 00  8b 1d 80 00 e0 fe");
        test.run(3);
        assertEquals(0x50014, cpu.regs[Cpu.RAX]);
        assertEquals(0x20, cpu.regs[Cpu.RBX]);
        assertEquals(3, test.exits(ExitReason.EPT_VIOLATION));
        assertTrue(test.domain.alive());
    }

    @Test
    void whereNothingIsReadsGiveOnes() {
        // mov eax, [0xd0000000]; mov [0xd0000000], eax
        test.enter32("a1 00 00 00 d0  a3 00 00 00 d0");
        test.run(2);
        assertEquals(0xffffffffL, cpu.regs[Cpu.RAX]);
        assertTrue(test.domain.alive());
    }

    @Test
    void aDeviceTakesTimeAndTheLocalApicNone() {
        // in al, 0x61; mov eax, [0xd0000000]; mov eax, [0xfee00030]
        test.enter32("e4 61  a1 00 00 00 d0  a1 30 00 e0 fe");
        long start = cpu.now();
        test.run(1);
        assertEquals(start + 1001, cpu.now());
        assertTrue(cpu.stop, "whoever waits for that time is to have his turn");
        test.run(1);
        assertEquals(start + 2002, cpu.now());
        test.run(1);
        assertEquals(start + 2003, cpu.now());
    }

    @Test
    void codeInDeviceMemoryEndsTheDomain() {
        test.enter32("b8 00 00 00 d0  ff e0"); // mov eax, 0xd0000000; jmp eax
        test.run(10);
        assertEquals(ShutdownReason.CRASH, test.domain.shutdown);
        assertTrue(test.domain.crash.reason().contains("instruction fetch from device memory"));
        assertTrue(test.domain.crash.details().contains("guest_cr0"), test.domain.crash.details());
    }

    @Test
    void theHypercallPageIsFilledAndItsStubsWork() {
        // mov ecx, 0x40000000; mov eax, 0x40000; xor edx, edx; wrmsr; xor ebx, ebx (version);
        // mov eax, 0x40220; call eax
        test.enter32("b9 00 00 00 40  b8 00 00 04 00  31 d2  0f 30  31 db  b8 20 02 04 00  ff d0");
        test.run(10);
        assertEquals(4 << 16 | 17, cpu.regs[Cpu.RAX]);
        assertEquals(1, test.exits(ExitReason.WRMSR));
        assertEquals(1, test.exits(ExitReason.VMCALL));
    }

    @Test
    void featureControlIsLockedAndEmpty() {
        // xor eax, eax; mov ecx, 0x3a; rdmsr; wrmsr, which it refuses
        test.enter32("31 c0  b9 3a 00 00 00  0f 32  0f 30");
        cpu.idtLimit = 0;
        test.run(3);
        assertEquals(1, cpu.regs[Cpu.RAX]);
        assertEquals(0, cpu.regs[Cpu.RDX]);
        test.run(10);
        assertEquals(1, test.exits(ExitReason.TRIPLE_FAULT));
    }

    @Test
    void anUnknownMsrIsAGeneralProtectionFault() {
        // No handler for it, so that it ends in a triple fault, which reboots the domain.
        test.enter32("b9 44 33 22 11  0f 32"); // mov ecx, 0x11223344; rdmsr
        cpu.idtLimit = 0;
        test.run(10);
        assertEquals(1, test.exits(ExitReason.RDMSR));
        assertEquals(1, test.exits(ExitReason.TRIPLE_FAULT));
        assertEquals(ShutdownReason.REBOOT, test.domain.shutdown);
    }

    @Test
    void haltWithInterruptsOffIsTheEndAndWithThemAWait() {
        test.enter32("fb f4"); // sti; hlt
        test.run(10);
        assertTrue(test.domain.vcpus[0].blocked);
        assertTrue(test.domain.alive());
        TestDomain other = new TestDomain();
        other.enter32("fa f4"); // cli; hlt
        other.run(10);
        assertEquals(ShutdownReason.POWEROFF, other.domain.shutdown);
    }

    @Test
    void grantedFramesAppearAndGo() {
        long mfn = test.domain.machine.allocateZeroed(1);
        test.domain.machine.memory.put32(mfn << 12, 0x12345678);
        assertEquals(0, test.hvm.mapGrant(test.domain.vcpus[0], 0x50000, false, mfn, true));
        test.enter32("a1 00 00 05 00"); // mov eax, [0x50000]
        test.run(1);
        assertEquals(0x12345678, cpu.regs[Cpu.RAX]);
        assertFalse(0 == test.hvm.unmapGrant(test.domain.vcpus[0], 0x50000, false, mfn, false));
        assertEquals(0, test.hvm.unmapGrant(test.domain.vcpus[0], 0x50000, false, mfn, true));
        assertEquals(-1, test.hvm.gfnToMfn(0x50));
    }

    @Test
    void theDomainsEndFreesItsTables() {
        int before = test.domain.frames().free();
        test.domain.destroy();
        assertTrue(test.domain.frames().free() > before + 1024);
    }
}
