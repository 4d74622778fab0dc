package org.xenolith.pv.mm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xenolith.pv.mm.PvFixture.ARGUMENTS;
import static org.xenolith.pv.mm.PvFixture.FREE;
import static org.xenolith.pv.mm.PvFixture.L1;
import static org.xenolith.pv.mm.PvFixture.L4;
import static org.xenolith.pv.mm.PvFixture.P;
import static org.xenolith.pv.mm.PvFixture.SELF;
import static org.xenolith.pv.mm.PvFixture.U;
import static org.xenolith.pv.mm.PvFixture.W;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.xen.frames.FrameTable;
import org.xenolith.xen.hypercall.Errno;

class MmuextTest {
    private static final long CODE64 = 0x00af_9b00_0000_ffffL;

    private final PvFixture f = new PvFixture();
    private long[] gdt = {};

    @AfterEach
    void countsAreExact() {
        CountChecker.check(f, gdt);
    }

    @Test
    void pinAndUnpin() {
        f.unmap(FREE);
        assertEquals(-Errno.EINVAL, f.unpin(FREE));
        assertEquals(0, f.pin(1, FREE));
        assertEquals(-Errno.EINVAL, f.pin(1, FREE));
        assertEquals(-Errno.EINVAL, f.pin(2, FREE));
        assertEquals(FrameTable.L1, f.frames.type(f.mfn[FREE]));
        assertEquals(0, f.unpin(FREE));
        assertEquals(-Errno.EINVAL, f.unpin(FREE));
        assertEquals(0, f.pin(2, FREE));
        assertEquals(0, f.unpin(FREE));
        assertEquals(0, f.vaMapping(f.va(FREE), f.maddr(FREE) | P | W, 0));
    }

    @Test
    void foreignFramesAreRefused() {
        for (long mfn : new long[] {0, f.pvMachine.m2p.extent(0), f.frames.size(), -1}) {
            for (int command : new int[] {0, 1, 2, 3, 4, 5, 16}) {
                assertEquals(-Errno.EINVAL, f.mmuext(command, mfn, 0), "command " + command);
            }
            assertEquals(-Errno.EINVAL, f.mmuext(17, f.mfn[FREE], mfn));
            assertEquals(-Errno.EINVAL, f.mmuext(17, mfn, f.mfn[FREE]));
        }
    }

    @Test
    void newRootTakesOverTheReferences() {
        f.unmap(FREE);
        f.raw(FREE, Pte.index(4, PvFixture.BASE), f.maddr(PvFixture.L3) | P | W | U);
        assertEquals(0, f.mmuext(5, f.mfn[FREE], 0));
        assertEquals(f.maddr(FREE), f.memory.kernelRoot(f.v0));
        assertEquals(f.maddr(FREE), f.v0.cpu.root(0));
        assertEquals(0, f.unpin(L4));
        assertEquals(0, f.frames.typeReferences(f.mfn[L4]));
        assertEquals(-Errno.EINVAL, f.mmuext(5, f.mfn[FREE + 1], 0));
        assertEquals(f.maddr(FREE), f.memory.kernelRoot(f.v0));
    }

    @Test
    void pagesAreClearedAndCopied() {
        f.ram.put64(f.maddr(FREE), 0x77);
        assertEquals(0, f.mmuext(17, f.mfn[FREE + 1], f.mfn[FREE]));
        assertEquals(0x77, f.ram.get64(f.maddr(FREE + 1)));
        assertEquals(0, f.mmuext(16, f.mfn[FREE], 0));
        assertEquals(0, f.ram.get64(f.maddr(FREE)));
        assertEquals(-Errno.EINVAL, f.mmuext(16, f.mfn[L1], 0));
        assertEquals(-Errno.EINVAL, f.mmuext(17, f.mfn[L1], f.mfn[FREE]));
        assertTrue(Pte.present(f.entry(L1, 0)));
    }

    @Test
    void flushes() {
        assertEquals(0, f.memory.newBaseptr(f.v1, f.mfn[L4]));
        f.put(256, 2);
        long mask = f.va(ARGUMENTS) + 256;
        // command, argument 1, argument 2, whether it flushes vCPU 0 and 1
        long[][] cases = {
            {6, 0, 0, 1, 0},
            {7, f.va(FREE), 0, 1, 0},
            {7, f.va(FREE + 1), 0, 0, 0},
            {8, 0, mask, 0, 1},
            {9, f.va(FREE), mask, 0, 1},
            {10, 0, 0, 1, 1},
            {11, f.va(FREE), 0, 1, 1},
        };
        for (long[] c : cases) {
            f.v0.cpu.load8(f.va(FREE));
            f.v1.cpu.load8(f.va(FREE));
            assertEquals(0, f.mmuUpdate(f.slot(L1, FREE), 0));
            assertEquals(0, f.mmuext((int) c[0], c[1], c[2]));
            assertEquals(c[3] == 0, cached(f.v0.cpu), "vCPU 0 after " + c[0]);
            assertEquals(c[4] == 0, cached(f.v1.cpu), "vCPU 1 after " + c[0]);
            assertEquals(0, f.mmuUpdate(f.slot(L1, FREE), f.maddr(FREE) | P | W));
        }
        assertEquals(-Errno.EINVAL, f.mmuext(8, 0, 0x10000));
    }

    private boolean cached(Cpu cpu) {
        try {
            cpu.load8(f.va(FREE));
            return true;
        } catch (CpuFault e) {
            return false;
        }
    }

    @Test
    void unsupportedOperations() {
        assertEquals(-Errno.EACCES, f.mmuext(12, 0, 0));
        assertEquals(-Errno.EACCES, f.mmuext(18, 0, 0));
        assertEquals(-Errno.EOPNOTSUPP, f.mmuext(19, 0, 0));
        assertEquals(-Errno.EOPNOTSUPP, f.mmuext(20, 0, 0));
        assertEquals(-Errno.ENOSYS, f.mmuext(14, 0, 0));
        assertEquals(-Errno.ENOSYS, f.mmuext(21, 0, 0));
        assertEquals(-Errno.ENOSYS, f.mmuext(-1, 0, 0));
        long m2p = PvMemory.M2P_START;
        assertEquals(-Errno.EFAULT, f.hypercall(PvMemory.MMUEXT_OP, m2p, 1, 0, SELF));
    }

    // ---- descriptor tables ---------------------------------------------------------------------

    @Test
    void gdtShowsGuestAndXenDescriptors() {
        f.unmap(FREE);
        f.raw(FREE, 1, CODE64);
        assertEquals(0, f.memory.setGdt(f.v0, new long[] {f.mfn[FREE]}, 16));
        gdt = new long[] {f.mfn[FREE]};
        // DPL was 0 and is forced to 3, where the guest's kernel runs.
        assertEquals(CODE64 | 3L << 45, f.v0.cpu.descriptor(8));
        assertEquals(0, f.v0.cpu.descriptor(512 * 8), "page without a frame");
        assertEquals(0x00af_fb00_0000_ffffL, f.v0.cpu.descriptor(0xe033));
        assertEquals(0x00cf_f300_0000_ffffL, f.v0.cpu.descriptor(0xe02b));
        assertEquals(0x00cf_fb00_0000_ffffL, f.v0.cpu.descriptor(0xe023));
        assertThrows(CpuFault.class, () -> f.v0.cpu.descriptor(0xf003));
        assertEquals(-Errno.EBUSY, f.vaMapping(f.va(FREE), f.maddr(FREE) | P | W, 0));
    }

    @Test
    void gdtIsPerProcessor() {
        f.unmap(FREE);
        f.raw(FREE, 1, CODE64);
        assertEquals(0, f.memory.newBaseptr(f.v1, f.mfn[L4]));
        assertEquals(0, f.memory.setGdt(f.v1, new long[] {f.mfn[FREE]}, 512));
        gdt = new long[] {f.mfn[FREE]};
        assertEquals(0, f.v0.cpu.descriptor(8));
        assertEquals(CODE64 | 3L << 45, f.v1.cpu.descriptor(8));
        assertEquals(0, f.memory.setGdt(f.v1, new long[0], 0));
        gdt = new long[0];
        assertEquals(0, f.v1.cpu.descriptor(8));
    }

    @Test
    void badGdtsAreRefused() {
        long[] one = {f.mfn[FREE]};
        assertEquals(-Errno.EINVAL, f.memory.setGdt(f.v0, one, 512)); // mapped writable
        assertEquals(-Errno.EINVAL, f.memory.setGdt(f.v0, new long[15], 14 * 512 + 1));
        assertEquals(-Errno.EINVAL, f.memory.setGdt(f.v0, new long[] {0}, 512));
        f.unmap(FREE);
        for (int type : new int[] {1, 2, 3, 5, 9, 11, 14, 15}) { // TSS, LDT, other gates
            f.raw(FREE, 3, 0x8000_0000_0000L | (long) type << 40);
            assertEquals(-Errno.EINVAL, f.memory.setGdt(f.v0, one, 512), "type " + type);
        }
    }

    @Test
    void callGatesAreDefused() {
        long gate = 0x0000_ec00_0008_1234L; // present, DPL 3, type 12, selector 8
        f.unmap(FREE);
        f.raw(FREE, 1, gate);
        assertEquals(0, f.memory.setGdt(f.v0, new long[] {f.mfn[FREE]}, 512));
        gdt = new long[] {f.mfn[FREE]};
        assertEquals(0x0000_8c00_000b_1234L, f.entry(FREE, 1));
        long intoXen = 0x0000_ec00_e008_1234L;
        assertEquals(-Errno.EINVAL, f.memory.updateDescriptor(f.slot(FREE, 2), intoXen));
    }

    @Test
    void singleDescriptorsAreChecked() {
        f.unmap(FREE);
        assertEquals(0, f.memory.setGdt(f.v0, new long[] {f.mfn[FREE]}, 512));
        gdt = new long[] {f.mfn[FREE]};
        assertEquals(0, f.memory.updateDescriptor(f.slot(FREE, 4), CODE64));
        assertEquals(CODE64 | 3L << 45, f.entry(FREE, 4));
        assertEquals(0, f.memory.updateDescriptor(f.slot(FREE + 1, 4), CODE64));
        assertEquals(-Errno.EINVAL, f.memory.updateDescriptor(f.slot(FREE, 4) + 4, CODE64));
        assertEquals(-Errno.EINVAL, f.memory.updateDescriptor(f.slot(L1, 4), CODE64));
        assertEquals(-Errno.EINVAL, f.memory.updateDescriptor(0, CODE64));
        assertEquals(-Errno.EINVAL, f.memory.updateDescriptor(-8, CODE64));
        long tss = 0x0000_8900_0000_0000L;
        assertEquals(-Errno.EINVAL, f.memory.updateDescriptor(f.slot(FREE, 4), tss));
    }

    @Test
    void ldtIsShownWhenUsed() {
        assertEquals(0, f.vaMapping(f.va(FREE), f.maddr(FREE) | P, 0));
        f.raw(FREE, 2, 0x00cf_f300_0000_ffffL);
        assertEquals(0, f.mmuext(13, f.va(FREE), 8));
        Cpu cpu = f.v0.cpu;
        assertThrows(CpuFault.class, () -> cpu.descriptor(2 << 3 | 7));
        assertTrue(f.memory.inLdtArea(f.v0, cpu.cr2));
        assertEquals(f.va(FREE) + 16, f.memory.ldtGuestAddress(f.v0, cpu.cr2));
        assertTrue(f.memory.mapLdtPage(f.v0, cpu.cr2));
        gdt = new long[] {f.mfn[FREE]};
        CountChecker.check(f, gdt);
        assertEquals(0x00cf_f300_0000_ffffL, cpu.descriptor(2 << 3 | 7));
        assertThrows(CpuFault.class, () -> cpu.descriptor(8 << 3 | 7)); // beyond the limit
        assertEquals(0, f.mmuext(13, 0, 0));
        gdt = new long[0];
        assertFalse(f.memory.inLdtArea(f.v0, cpu.cr2));
    }

    @Test
    void badLdtsAreRefused() {
        assertEquals(-Errno.EINVAL, f.mmuext(13, f.va(FREE) + 8, 8));
        assertEquals(-Errno.EINVAL, f.mmuext(13, f.va(FREE), 8193));
        assertEquals(-Errno.EINVAL, f.mmuext(13, PvMemory.M2P_START, 8));
        assertEquals(0, f.mmuext(13, f.va(FREE), 8)); // writable: shows when it is used
        assertThrows(CpuFault.class, () -> f.v0.cpu.descriptor(7));
        assertFalse(f.memory.mapLdtPage(f.v0, f.v0.cpu.cr2));
        assertEquals(0, f.mmuext(13, 0x10_0000, 8192)); // not mapped at all
        assertThrows(CpuFault.class, () -> f.v0.cpu.descriptor(7));
        assertFalse(f.memory.mapLdtPage(f.v0, f.v0.cpu.cr2));
    }
}
