package org.xenolith.pv.build;

import org.xenolith.xen.frames.SharedMemory;

import java.nio.charset.StandardCharsets;

/** Writes struct start_info (public/xen.h) in its 64-bit form. */
final class StartInfo {
    /** Room for the command line with its final zero. */
    static final int MAX_COMMAND_LINE = 1024;

    /** SIF_MOD_START_PFN: mod_start is a page number. */
    private static final int MOD_START_PFN = 1 << 3;

    private static final String MAGIC = "xen-3.0-x86_64";

    private StartInfo() {}

    /**
     * Writes the page.
     *
     * @param maddr of a zeroed page
     */
    static void write(
            SharedMemory memory,
            long maddr,
            InitialLayout layout,
            PvBuildParams params,
            long[] p2m,
            long sharedInfo,
            boolean ramdiskApart) {
        boolean ramdisk = layout.ramdiskPages > 0;
        text(memory, maddr, MAGIC);
        memory.put64(maddr + 32, params.memoryPages());
        memory.put64(maddr + 40, sharedInfo);
        memory.put32(maddr + 48, ramdisk && ramdiskApart ? MOD_START_PFN : 0);
        memory.put64(maddr + 56, p2m[layout.storePfn]);
        memory.put32(maddr + 64, params.storePort());
        memory.put64(maddr + 72, p2m[layout.consolePfn]);
        memory.put32(maddr + 80, params.consolePort());
        memory.put64(maddr + 88, layout.virtual(layout.tablesPfn));
        memory.put64(maddr + 96, layout.tableCount);
        memory.put64(maddr + 104, layout.p2mVirtual);
        if (ramdisk) {
            int pfn = layout.ramdiskPfn;
            memory.put64(maddr + 112, ramdiskApart ? pfn : layout.virtual(pfn));
            memory.put64(maddr + 120, (long) layout.ramdiskPages << 12);
        }
        text(memory, maddr + 128, params.commandLine());
        if (layout.p2mTables > 0 || layout.p2mVirtual != layout.virtual(layout.p2mPfn)) {
            memory.put64(maddr + 1152, layout.p2mPfn);
            memory.put64(maddr + 1160, layout.p2mPages + layout.p2mTables);
        }
    }

    private static void text(SharedMemory memory, long maddr, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        memory.write(maddr, bytes, 0, bytes.length);
    }
}
