package org.xenolith.pv.build;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;
import org.xenolith.firmware.image.ElfImage;
import org.xenolith.firmware.image.GuestKind;
import org.xenolith.firmware.image.ImageException;
import org.xenolith.firmware.image.KernelImage;
import org.xenolith.firmware.image.PvLayout;
import org.xenolith.firmware.image.XenFeature;
import org.xenolith.pv.mm.PvMachine;
import org.xenolith.pv.mm.PvMemory;
import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.frames.SharedMemory;

import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;

/** Builds 64-bit PV domains on a machine. */
public final class PvBuilder {
    private static final int PAGE = 4096;
    private static final int CHUNK = 1 << 20;

    /** Entries of the initial tables, before Xen's own changes at validation. */
    private static final long L1_READ_ONLY = 0x21; // present, accessed

    private static final long L1_WRITABLE = 0x23;
    private static final long UPPER = 0x67; // present, writable, user, accessed, dirty

    /** FLAT_KERNEL_CS and FLAT_KERNEL_SS of public/arch-x86/xen-x86_64.h. */
    private static final int KERNEL_CS = 0xe033;

    private static final int KERNEL_SS = 0xe02b;

    /**
     * Features that a kernel may ask for but no PV domain of a 64-bit Xen has. Others that it calls
     * required, such as writable_page_tables in every Linux, Xen's own builder accepts too.
     */
    private static final Set<XenFeature> UNAVAILABLE =
            EnumSet.of(XenFeature.AUTO_TRANSLATED_PHYSMAP, XenFeature.SUPERVISOR_MODE_KERNEL);

    private final PvMachine machine;

    public PvBuilder(PvMachine machine) {
        this.machine = machine;
    }

    /**
     * Checks that a kernel can be started, without changing anything.
     *
     * @throws PvBuildException as {@link #build}
     */
    public static void check(PvBuildParams params) throws PvBuildException {
        new InitialLayout(kernelLayout(params), params.ramdisk().length, params.memoryPages());
    }

    /**
     * Gives a new domain its memory, loads the kernel and prepares vCPU 0 to run it.
     *
     * @param domain with all its vCPUs, but no pages of its own yet
     * @throws PvBuildException if the kernel is none for 64-bit PV, or does not fit the memory
     */
    public PvImage build(Domain domain, PvBuildParams params) throws PvBuildException {
        PvLayout kernel = kernelLayout(params);
        InitialLayout layout =
                new InitialLayout(kernel, params.ramdisk().length, params.memoryPages());
        if (domain.frames().free() < params.memoryPages()) {
            throw new PvBuildException(
                    "the machine has no " + (params.memoryPages() >> 8) + " MiB of memory free");
        }
        domain.maxPages = params.maxPages();
        PvMemory memory = new PvMemory(machine, domain);
        memory.describeRam((long) params.maxPages() << 12);
        long[] p2m = new long[params.memoryPages()];
        for (int pfn = 0; pfn < p2m.length; pfn++) {
            p2m[pfn] = memory.allocatePage(pfn);
        }
        Loader loader = new Loader(domain.machine.memory, p2m);
        loadKernel(loader, params.kernel(), kernel);
        loader.write((long) layout.ramdiskPfn << 12, params.ramdisk(), params.ramdisk().length);
        writeP2m(loader, layout);
        writeTables(loader, layout);
        StartInfo.write(
                domain.machine.memory,
                loader.maddr((long) layout.startInfoPfn << 12),
                layout,
                params,
                p2m,
                domain.sharedInfo,
                kernel.ramdiskUnmapped());
        return start(domain, memory, kernel, layout, p2m);
    }

    // ---- checks --------------------------------------------------------------------------------

    private static PvLayout kernelLayout(PvBuildParams params) throws PvBuildException {
        KernelImage image = params.kernel();
        PvLayout layout;
        try {
            layout = image.pvLayout();
        } catch (ImageException e) {
            throw new PvBuildException(e.getMessage());
        }
        if (layout.kind() != GuestKind.PV64) {
            throw new PvBuildException(
                    image.name() + ": 32-bit PV is not supported; use a 64-bit kernel");
        }
        if (image.notes().isPresent()) {
            for (XenFeature feature : image.notes().get().requiredFeatures()) {
                if (UNAVAILABLE.contains(feature)) {
                    throw new PvBuildException(
                            image.name()
                                    + ": it requires the Xen feature "
                                    + feature.featureName()
                                    + ", which PV domains do not have; use another kernel");
                }
            }
        }
        int length = params.commandLine().getBytes(StandardCharsets.UTF_8).length;
        if (length >= StartInfo.MAX_COMMAND_LINE) {
            throw new PvBuildException(
                    "the kernel command line has "
                            + length
                            + " bytes; PV domains take at most "
                            + (StartInfo.MAX_COMMAND_LINE - 1));
        }
        return layout;
    }

    // ---- contents ------------------------------------------------------------------------------

    /** Writes at guest-physical addresses, whose pages lie anywhere in the machine. */
    private record Loader(SharedMemory memory, long[] p2m) {
        long maddr(long physical) {
            return p2m[(int) (physical >>> 12)] << 12 | physical & PAGE - 1;
        }

        void write(long physical, byte[] source, int length) {
            int done = 0;
            while (done < length) {
                long at = physical + done;
                int n = Math.min(length - done, PAGE - (int) (at & PAGE - 1));
                memory.write(maddr(at), source, done, n);
                done += n;
            }
        }
    }

    private static void loadKernel(Loader loader, KernelImage image, PvLayout kernel) {
        ElfImage elf = image.payload().orElseThrow();
        byte[] chunk = new byte[CHUNK];
        for (PvLayout.LoadSegment segment : kernel.segments()) {
            for (int done = 0; done < segment.fileSize(); done += CHUNK) {
                int n = Math.min(CHUNK, segment.fileSize() - done);
                elf.copyTo(segment.fileOffset() + done, chunk, 0, n);
                loader.write(segment.physical() + done, chunk, n);
            }
            clear(loader, segment);
        }
        if (kernel.hypercallPage().isPresent()) {
            long physical = kernel.hypercallPage().getAsLong() - kernel.virtBase();
            loader.write(physical, HypercallPage.pv64(), PAGE);
        }
    }

    /** The part without contents in the file; pages are zero, but an earlier segment may differ. */
    private static void clear(Loader loader, PvLayout.LoadSegment segment) {
        byte[] zeros = new byte[PAGE];
        long end = segment.physical() + segment.memorySize();
        long at = segment.physical() + segment.fileSize();
        while (at < end) {
            int n = (int) Math.min(end - at, PAGE - (at & PAGE - 1));
            loader.write(at, zeros, n);
            at += n;
        }
    }

    private static void writeP2m(Loader loader, InitialLayout layout) {
        for (int pfn = 0; pfn < loader.p2m.length; pfn++) {
            long at = ((long) layout.p2mPfn << 12) + 8L * pfn;
            loader.memory.put64(loader.maddr(at), loader.p2m[pfn]);
        }
    }

    private static void writeTables(Loader loader, InitialLayout layout) {
        layout.tables.links((table, index, child) -> entry(loader, table, index, child, UPPER));
        for (int pfn = 0; pfn < layout.mappedPages; pfn++) {
            map(loader, layout, layout.virtual(pfn), pfn);
        }
        if (layout.p2mTables > 0) {
            for (int i = 0; i < layout.p2mPages; i++) {
                map(loader, layout, layout.p2mVirtual + ((long) i << 12), layout.p2mPfn + i);
            }
        }
    }

    private static void map(Loader loader, InitialLayout layout, long va, int pfn) {
        long flags = layout.isTable(pfn) ? L1_READ_ONLY : L1_WRITABLE;
        entry(loader, layout.tables.table(1, va), (int) (va >>> 12) & 511, pfn, flags);
    }

    private static void entry(Loader loader, int table, int index, int pfn, long flags) {
        long at = ((long) table << 12) + 8L * index;
        loader.memory.put64(loader.maddr(at), loader.p2m[pfn] << 12 | flags);
    }

    // ---- start ---------------------------------------------------------------------------------

    private static PvImage start(
            Domain domain, PvMemory memory, PvLayout kernel, InitialLayout layout, long[] p2m)
            throws PvBuildException {
        long storeMfn = p2m[layout.storePfn];
        long consoleMfn = p2m[layout.consolePfn];
        memory.holdForBackend(storeMfn);
        memory.holdForBackend(consoleMfn);
        long root = p2m[layout.tables.root()];
        Vcpu vcpu = domain.vcpus[0];
        int rc = memory.pinL4(root);
        if (rc == 0) {
            rc = memory.newBaseptr(vcpu, root);
        }
        if (rc != 0) {
            throw new PvBuildException("the initial page tables were refused: error " + rc);
        }
        long startInfo = layout.virtual(layout.startInfoPfn);
        long stack = layout.virtual(layout.stackPfn) + PAGE;
        Cpu cpu = vcpu.cpu;
        cpu.cpl = 3;
        cpu.selectContext(0);
        for (int segment = Cpu.ES; segment <= Cpu.GS; segment++) {
            cpu.selector[segment] = 0;
            cpu.segmentBase[segment] = 0;
        }
        cpu.selector[Cpu.CS] = KERNEL_CS;
        cpu.selector[Cpu.SS] = KERNEL_SS;
        cpu.rip = kernel.virtEntry();
        cpu.regs[Cpu.RSP] = stack;
        cpu.regs[Cpu.RSI] = startInfo;
        Flags.set(cpu, Flags.IF);
        return new PvImage(memory, storeMfn, consoleMfn, startInfo, stack);
    }
}
