package org.xenolith.hvm.exit;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.hvm.vcpu.HvmVcpu;
import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.hypercall.Errno;
import org.xenolith.xen.hypercall.GuestAbi;

import java.util.Arrays;

/**
 * VMCALL: hypercalls, from ring 0 alone. 64-bit code passes arguments in RDI, RSI, RDX, R10 and R8,
 * other code in EBX, ECX, EDX, ESI and EDI; the number is in EAX, the result in RAX
 * (public/arch-x86/xen-x86_64.h and xen-x86_32.h).
 */
final class HypercallExit {
    private static final int STUB_SIZE = 32;
    private static final int IRET = 23;
    private static final byte BREAKPOINT = (byte) 0xcc;
    private static final long LOW = 0xffffffffL;

    private HypercallExit() {}

    static void handle(HvmVcpu v) {
        Cpu c = v.cpu;
        long[] r = c.regs;
        boolean wide = v.vcpu.abi() == GuestAbi.X86_64;
        long result = -Errno.EPERM;
        if (c.cpl == 0) {
            Domain domain = v.vcpu.domain;
            result =
                    wide
                            ? domain.hypercalls.dispatch(
                                    v.vcpu,
                                    r[Cpu.RAX] & LOW,
                                    r[Cpu.RDI],
                                    r[Cpu.RSI],
                                    r[Cpu.RDX],
                                    r[Cpu.R10],
                                    r[Cpu.R8])
                            : domain.hypercalls.dispatch(
                                    v.vcpu,
                                    r[Cpu.RAX] & LOW,
                                    r[Cpu.RBX] & LOW,
                                    r[Cpu.RCX] & LOW,
                                    r[Cpu.RDX] & LOW,
                                    r[Cpu.RSI] & LOW,
                                    r[Cpu.RDI] & LOW);
        }
        r[Cpu.RAX] = wide ? result : result & LOW;
    }

    /** The page of stubs: number n starts at byte 32 * n. */
    static byte[] page() {
        byte[] page = new byte[4096];
        Arrays.fill(page, BREAKPOINT);
        for (int n = 0; n < page.length / STUB_SIZE; n++) {
            byte[] stub =
                    n == IRET
                            ? new byte[] {0x0f, 0x0b} // ud2
                            : new byte[] { // mov eax, n; vmcall; ret
                                (byte) 0xb8, (byte) n, 0, 0, 0, 0x0f, 0x01, (byte) 0xc1, (byte) 0xc3
                            };
            System.arraycopy(stub, 0, page, n * STUB_SIZE, stub.length);
        }
        return page;
    }
}
