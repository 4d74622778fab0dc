package org.xenolith.pv.build;

import java.util.Arrays;

/**
 * The page of stubs through which a kernel with a HYPERCALL_PAGE note makes hypercalls: number n
 * starts at byte 32 * n (public/arch-x86/xen-x86_64.h). SYSCALL destroys RCX and R11, so the stubs
 * keep them on the stack. The stub of iret is jumped to and does not return.
 */
public final class HypercallPage {
    private static final int STUB_SIZE = 32;
    private static final int IRET = 23;
    private static final byte BREAKPOINT = (byte) 0xcc;

    private static final byte[] SAVE = {0x51, 0x41, 0x53}; // push rcx; push r11
    private static final byte[] PUSH_RAX = {0x50};
    private static final byte[] SYSCALL = {0x0f, 0x05};
    private static final byte[] RESTORE = {0x41, 0x5b, 0x59, (byte) 0xc3}; // pop r11; pop rcx; ret

    private HypercallPage() {}

    /** The whole page for a 64-bit PV kernel. */
    public static byte[] pv64() {
        byte[] page = new byte[4096];
        Arrays.fill(page, BREAKPOINT);
        for (int n = 0; n < page.length / STUB_SIZE; n++) {
            byte[] load = {(byte) 0xb8, (byte) n, 0, 0, 0}; // mov eax, n
            if (n == IRET) {
                put(page, n * STUB_SIZE, SAVE, PUSH_RAX, load, SYSCALL);
            } else {
                put(page, n * STUB_SIZE, SAVE, load, SYSCALL, RESTORE);
            }
        }
        return page;
    }

    private static void put(byte[] page, int at, byte[]... parts) {
        int next = at;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, page, next, part.length);
            next += part.length;
        }
    }
}
