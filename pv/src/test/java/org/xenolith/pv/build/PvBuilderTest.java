package org.xenolith.pv.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenolith.cpu.engine.Interpreter;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.Supervisor;
import org.xenolith.firmware.image.ImageException;
import org.xenolith.firmware.image.KernelImage;
import org.xenolith.pv.mm.PvMachine;
import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.GuestMemory;
import org.xenolith.xen.domain.Machine;
import org.xenolith.xen.frames.FrameTable;

import java.util.UUID;

class PvBuilderTest {
    private static final long BASE = SyntheticKernel.BASE;
    private static final int PAGES = 4096; // 16 MiB
    private static final long P2M_BASE = 0x80_0000_0000L;

    private Domain domain;
    private PvImage built;
    private GuestMemory memory;

    private static final Supervisor NOBODY =
            new Supervisor() {
                @Override
                public void exception(Cpu cpu, int vector, int errorCode) {
                    throw new AssertionError("nothing runs");
                }

                @Override
                public void softwareInterrupt(Cpu cpu, int vector, int length) {
                    throw new AssertionError("nothing runs");
                }

                @Override
                public void syscall(Cpu cpu) {
                    throw new AssertionError("nothing runs");
                }

                @Override
                public void cpuid(Cpu cpu) {
                    throw new AssertionError("nothing runs");
                }
            };

    private static PvBuildParams params(KernelImage kernel, byte[] ramdisk, int pages) {
        return new PvBuildParams(kernel, ramdisk, "console=hvc0 x=1", pages, pages + 256, 3, 4);
    }

    private void build(SyntheticKernel kernel, byte[] ramdisk) throws Exception {
        Machine machine = new Machine(PvMachine.framesFor(PAGES, 2) << 12);
        PvMachine pv = new PvMachine(machine);
        domain = new Domain(machine, 1, "test", new UUID(0, 1), 2);
        for (int i = 0; i < 2; i++) {
            Cpu cpu = new Cpu(machine.ram, NOBODY);
            domain.addVcpu(i, cpu, new Interpreter(cpu, machine.codeCache));
        }
        built = new PvBuilder(pv).build(domain, params(kernel.image(), ramdisk, PAGES));
        memory = built.memory().guestMemory(domain.vcpus[0]);
    }

    private static byte[] ramdisk(int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (i ^ i >>> 8);
        }
        return bytes;
    }

    private long startInfo(int offset) throws GuestFault {
        return memory.read64(built.startInfo() + offset);
    }

    private void kernelIsLoaded() throws GuestFault {
        byte[] image = new byte[SyntheticKernel.MEMORY_SIZE];
        memory.read(BASE + SyntheticKernel.PHYSICAL, image, 0, image.length);
        for (int i = 0; i < image.length; i++) {
            byte expected = i < SyntheticKernel.FILE_SIZE ? SyntheticKernel.kernelByte(i) : 0;
            assertEquals(expected, image[i], "byte " + i);
        }
    }

    @Test
    void modernKernel() throws Exception {
        byte[] ramdisk = ramdisk(10_000);
        build(
                new SyntheticKernel()
                        .usual()
                        .number(15, P2M_BASE)
                        .note(16, new byte[] {1, 0, 0, 0})
                        .text(10, "!writable_page_tables|pae_pgdir_above_4gb"),
                ramdisk);
        kernelIsLoaded();

        // Kernel pages end at 0x107; start_info, store, console, tables, stack follow.
        int kernelEnd = 0x107;
        assertEquals(BASE + (kernelEnd << 12), built.startInfo());
        byte[] magic = new byte[16];
        memory.read(built.startInfo(), magic, 0, 16);
        assertEquals("xen-3.0-x86_64\0\0", new String(magic, "US-ASCII"));
        assertEquals(PAGES, startInfo(32));
        assertEquals(domain.sharedInfo, startInfo(40));
        assertEquals(8, memory.read32(built.startInfo() + 48));
        assertEquals(built.storeMfn(), startInfo(56));
        assertEquals(3, memory.read32(built.startInfo() + 64));
        assertEquals(built.consoleMfn(), startInfo(72));
        assertEquals(4, memory.read32(built.startInfo() + 80));
        assertEquals(BASE + (kernelEnd + 3 << 12), startInfo(88), "pt_base");
        int tables = 1 + 1 + 1 + 2; // 4 MiB mapped
        assertEquals(tables, startInfo(96));
        assertEquals(P2M_BASE, startInfo(104));
        int mapped = 1024;
        assertEquals(mapped, startInfo(112), "ramdisk pfn");
        assertEquals(3 << 12, startInfo(120));
        byte[] commandLine = new byte[17];
        memory.read(built.startInfo() + 128, commandLine, 0, 17);
        assertEquals("console=hvc0 x=1\0", new String(commandLine, "US-ASCII"));
        assertEquals(mapped + 3, startInfo(1152), "first p2m page");
        assertEquals(8 + 3, startInfo(1160), "p2m pages with their L3, L2 and L1");

        // The p2m, and the M2P behind it.
        for (int pfn = 0; pfn < PAGES; pfn++) {
            long mfn = memory.read64(P2M_BASE + 8L * pfn);
            assertNotEquals(pfn, mfn, "machine frames differ from guest pages");
            assertEquals(1, domain.frames().owner(mfn));
            assertEquals(pfn, domain.vcpus[0].cpu.load64(0xffff_8000_0000_0000L + 8 * mfn));
        }
        assertEquals(built.storeMfn(), memory.read64(P2M_BASE + 8L * (kernelEnd + 1)));
        for (int i = 0; i < ramdisk.length; i++) {
            long mfn = memory.read64(P2M_BASE + 8L * (mapped + (i >> 12)));
            assertEquals(ramdisk[i], domain.machine.ram.get8(mfn << 12 | i & 4095));
        }

        Cpu cpu = domain.vcpus[0].cpu;
        assertEquals(BASE + SyntheticKernel.PHYSICAL + 0x40, cpu.rip);
        assertEquals(BASE + (kernelEnd + 3 + tables + 1 << 12), cpu.regs[Cpu.RSP]);
        assertEquals(built.initialStack(), cpu.regs[Cpu.RSP]);
        assertEquals(built.startInfo(), cpu.regs[Cpu.RSI]);
        assertEquals(0x202, Flags.get(cpu));
        assertEquals(0xe033, cpu.selector[Cpu.CS]);
        assertEquals(0xe02b, cpu.selector[Cpu.SS]);
        assertEquals(0, cpu.selector[Cpu.DS]);
        assertEquals(3, cpu.cpl);
        assertEquals(PAGES, domain.pages);
        assertEquals(PAGES + 256, domain.maxPages);

        // The memory map ends where ballooning must.
        built.memory().register(domain.hypercalls);
        long map = built.initialStack() - 64;
        memory.write32(map, 1);
        memory.write64(map + 8, map + 16);
        assertEquals(0, domain.hypercalls.dispatch(domain.vcpus[0], 12, 9, map, 0, 0, 0));
        assertEquals(PAGES + 256L << 12, memory.read64(map + 24));
    }

    @Test
    void olderKernelHasEverythingMapped() throws Exception {
        byte[] ramdisk = ramdisk(5000);
        build(
                new SyntheticKernel().usual().number(2, BASE + SyntheticKernel.PHYSICAL + 0x2000),
                ramdisk);
        assertEquals(0, memory.read32(built.startInfo() + 48));
        long module = BASE + (0x107 << 12);
        assertEquals(module, startInfo(112));
        assertEquals(2 << 12, startInfo(120));
        byte[] loaded = new byte[5000];
        memory.read(module, loaded, 0, 5000);
        org.junit.jupiter.api.Assertions.assertArrayEquals(ramdisk, loaded);
        assertEquals(BASE + (0x109 << 12), startInfo(104), "p2m");
        assertEquals(0, startInfo(1152));
        assertEquals(BASE + (0x109 + 8 << 12), built.startInfo());

        // The hypercall page: stubs of 32 bytes, as a kernel calls or jumps to them.
        long page = BASE + SyntheticKernel.PHYSICAL + 0x2000;
        byte[] stub = new byte[14];
        memory.read(page + 12 * 32, stub, 0, 14);
        org.junit.jupiter.api.Assertions.assertArrayEquals(
                new byte[] {
                    0x51,
                    0x41,
                    0x53,
                    (byte) 0xb8,
                    12,
                    0,
                    0,
                    0,
                    0x0f,
                    0x05,
                    0x41,
                    0x5b,
                    0x59,
                    (byte) 0xc3
                },
                stub);
        memory.read(page + 23 * 32, stub, 0, 11);
        assertEquals(0x50, stub[3]);
        assertEquals(23, stub[5]);
        assertEquals(0x0f, stub[9]);
        assertEquals(0xcc, memory.read8(page + 4095));
    }

    @Test
    void tablesAreTypedAndReadOnly() throws Exception {
        build(new SyntheticKernel().usual().number(15, P2M_BASE), new byte[0]);
        FrameTable frames = domain.frames();
        long tables = startInfo(88);
        for (int i = 0; i < startInfo(96); i++) {
            long gva = tables + 4096L * i;
            long mfn = memory.read64(P2M_BASE + 8 * (gva - BASE >>> 12));
            assertTrue(frames.type(mfn) >= FrameTable.L1 && frames.type(mfn) <= FrameTable.L4);
            assertTrue(frames.isValidated(mfn));
            assertThrows(GuestFault.class, () -> memory.write64(gva, 0));
        }
        assertEquals(FrameTable.L4, frames.type(built.memory().kernelRoot(domain.vcpus[0]) >>> 12));
        // The kernel can use its stack and all spare pages up to the end, and nothing behind it.
        memory.write64(built.initialStack() - 8, 1);
        memory.write64(BASE + (4 << 20) - 8, 1);
        assertThrows(GuestFault.class, () -> memory.read8(BASE + (4 << 20)));
        assertTrue(BASE + (4 << 20) - built.initialStack() >= 512 << 10);
        // Pages that Java writes cannot become tables.
        assertEquals(FrameTable.WRITABLE, frames.type(built.storeMfn()));
        assertEquals(2, frames.typeReferences(built.consoleMfn()));
    }

    @Test
    void userCodeCannotReachWhatIsXens() throws Exception {
        build(new SyntheticKernel().usual(), new byte[0]);
        Cpu cpu = domain.vcpus[0].cpu;
        assertThrows(CpuFault.class, () -> cpu.load8(0xffff_8200_0000_0000L));
        assertThrows(CpuFault.class, () -> cpu.load8(0xffff_8100_0000_0000L));
        assertEquals(0x00af_fb00_0000_ffffL, cpu.descriptor(0xe033));
    }

    @Test
    void bigKernelNeedsMoreTables() throws Exception {
        build(new SyntheticKernel().usual().memorySize(7 << 20), new byte[0]);
        // 1 MiB + 7 MiB + the rest: 12 MiB mapped, six L1 tables.
        assertEquals(1 + 1 + 1 + 6, startInfo(96));
        memory.write64(BASE + (12 << 20) - 8, 1);
        assertThrows(GuestFault.class, () -> memory.read8(BASE + (12 << 20)));
    }

    private static String refusal(SyntheticKernel kernel, int ramdisk, int pages)
            throws ImageException {
        PvBuildParams params = params(kernel.image(), new byte[ramdisk], pages);
        String message =
                assertThrows(PvBuildException.class, () -> PvBuilder.check(params)).getMessage();
        assertEquals(-1, message.indexOf('\n'));
        return message;
    }

    @Test
    void refusals() throws Exception {
        SyntheticKernel usual = new SyntheticKernel().usual();
        assertTrue(refusal(usual, 0, 64).contains("too small for the kernel"));
        assertTrue(refusal(usual, 0, 1000).contains("too small for the initial mapping"));
        assertTrue(refusal(usual, 20 << 20, PAGES).contains("too small for the ramdisk"));
        assertTrue(refusal(usual.memorySize(1L << 30), 0, PAGES).contains("too small"));
        assertTrue(
                refusal(new SyntheticKernel().bits32(), 0, PAGES)
                        .contains("32-bit PV is not supported"));
        SyntheticKernel translated =
                new SyntheticKernel().usual().text(10, "!auto_translated_physmap");
        assertTrue(refusal(translated, 0, PAGES).contains("auto_translated_physmap"));
    }

    @Test
    void longCommandLineIsRefused() throws Exception {
        KernelImage kernel = new SyntheticKernel().usual().image();
        PvBuildParams params =
                new PvBuildParams(kernel, new byte[0], "x".repeat(1024), PAGES, PAGES, 0, 0);
        assertThrows(PvBuildException.class, () -> PvBuilder.check(params));
    }

    @Test
    void machineWithoutRoomIsAnError() throws Exception {
        Machine machine = new Machine(2000L << 12);
        PvMachine pv = new PvMachine(machine);
        Domain small = new Domain(machine, 1, "test", new UUID(0, 1), 1);
        Cpu cpu = new Cpu(machine.ram, NOBODY);
        small.addVcpu(0, cpu, new Interpreter(cpu, machine.codeCache));
        PvBuildParams params = params(new SyntheticKernel().usual().image(), new byte[0], PAGES);
        assertThrows(PvBuildException.class, () -> new PvBuilder(pv).build(small, params));
    }
}
