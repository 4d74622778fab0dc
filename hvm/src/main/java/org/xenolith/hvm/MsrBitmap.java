package org.xenolith.hvm;

import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.frames.FrameTable;
import org.xenolith.xen.frames.SharedMemory;

import java.util.Arrays;

/**
 * Which MSRs the guest reaches without an exit (SDM vol. 3C, 25.6.9): those whose state is the
 * guest's alone and that systems use all the time.
 */
final class MsrBitmap {
    private static final int[] DIRECT = {
        0x174, // IA32_SYSENTER_CS
        0x175, // IA32_SYSENTER_ESP
        0x176, // IA32_SYSENTER_EIP
        0xc0000081, // IA32_STAR
        0xc0000082, // IA32_LSTAR
        0xc0000083, // IA32_CSTAR
        0xc0000084, // IA32_FMASK
        0xc0000100, // IA32_FS_BASE
        0xc0000101, // IA32_GS_BASE
        0xc0000102, // IA32_KERNEL_GS_BASE
    };

    private static final int HIGH = 1024;
    private static final int WRITES = 2048;

    private final long maddr;

    /**
     * Makes the bitmap of a domain.
     *
     * @throws IllegalStateException if the machine has no free frame
     */
    MsrBitmap(Domain domain) {
        long mfn = domain.machine.allocateZeroed(FrameTable.XEN);
        if (mfn < 0) {
            throw new IllegalStateException("no free frame for the MSR bitmap");
        }
        maddr = mfn << 12;
        SharedMemory memory = domain.machine.memory;
        byte[] all = new byte[4096];
        Arrays.fill(all, (byte) -1);
        memory.write(maddr, all, 0, all.length);
        for (int msr : DIRECT) {
            long bitmap = maddr + (msr < 0 ? HIGH : 0);
            memory.assignBit(bitmap, msr & 0x1fff, false);
            memory.assignBit(bitmap + WRITES, msr & 0x1fff, false);
        }
    }

    long maddr() {
        return maddr;
    }
}
