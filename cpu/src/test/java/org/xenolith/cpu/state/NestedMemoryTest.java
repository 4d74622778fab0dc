package org.xenolith.cpu.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.xenolith.cpu.bus.AddressSpace;
import org.xenolith.cpu.bus.BusDevice;
import org.xenolith.cpu.engine.FlatMachine;

import java.util.HexFormat;

/** Loads, stores and code under EPT: exits, cached translations, VPIDs, devices. */
class NestedMemoryTest {
    private static final int RAM = 4 << 20;
    private static final long EPT_A = 0x200000;
    private static final long EPT_B = 0x210000;
    private static final long POINTER = 3 << EptWalker.EPTP_LEVELS_SHIFT | 6;
    private static final long PAGE = 0x5000;
    private static final long CODE = 0x10000;
    private static final long ALIAS = 0x11000;
    private final FlatMachine m = new FlatMachine(RAM);
    private final Cpu c = m.cpu;
    private final long cr3 = c.cr3();

    @BeforeEach
    void nested() {
        for (long root : new long[] {EPT_A, EPT_B}) {
            c.ram.put64(root, root + 0x1000 | 7);
            c.ram.put64(root + 0x1000, root + 0x2000 | 7);
            for (int i = 0; i < RAM >> 21; i++) {
                c.ram.put64(root + 0x2000 + 8 * i, root + 0x3000 + 4096 * i | 7);
            }
            for (long gpa = 0; gpa < RAM; gpa += 4096) {
                ept(root, gpa, gpa | 0x37);
            }
        }
        c.setCr3(cr3);
        c.updatePaging();
        c.setNested(EPT_A | POINTER);
    }

    /** Changes an entry behind the back of what is cached of linear addresses. */
    private void ept(long root, long gpa, long entry) {
        c.ram.put64(root + 0x3000 + (gpa >>> 12) * 8, entry);
        c.ept.flush();
    }

    private void exit(int reason, int qualification, long gpa, Executable access) {
        CpuFault fault = assertThrows(CpuFault.class, access);
        assertEquals(CpuFault.VM_EXIT, fault.vector);
        assertEquals(reason, fault.errorCode);
        assertEquals(gpa, c.ept.guestPhysical);
        if (reason == EptWalker.VIOLATION) {
            assertEquals(qualification, c.ept.qualification);
        }
    }

    @Test
    void exitsTellBothAddresses() {
        ept(EPT_A, PAGE, 0);
        exit(48, 0x181, PAGE + 8, () -> c.load32(PAGE + 8));
        assertEquals(PAGE + 8, c.ept.linear);
        exit(48, 0x182, PAGE, () -> c.store8(PAGE, (byte) 1));
        exit(48, 0x184, PAGE, () -> c.executable(PAGE));
        ept(EPT_A, PAGE, PAGE | 2);
        exit(49, 0, PAGE, () -> c.load8(PAGE));
        assertEquals(PAGE, c.ept.linear);
    }

    @Test
    void aTableOfTheGuestThatIsNotMapped() {
        long table = cr3 - 3 * 4096;
        ept(EPT_A, table, 0);
        exit(48, 0x81, table + 8 * (PAGE >>> 12), () -> c.load32(PAGE));
        assertEquals(PAGE, c.ept.linear);
        ept(EPT_A, table, table | 0x31);
        exit(48, 0x8b, table + 8 * (PAGE >>> 12), () -> c.load32(PAGE));
    }

    @Test
    void aReadOnlyPageIsCachedForReads() {
        c.ram.put32(PAGE, 42);
        ept(EPT_A, PAGE, PAGE | 0x31);
        assertEquals(42, c.load32(PAGE));
        exit(48, 0x18a, PAGE, () -> c.store32(PAGE, 1));
        exit(48, 0x18a, PAGE, () -> c.update32(PAGE));
        exit(48, 0x18c, PAGE, () -> c.executable(PAGE));
        assertEquals(42, c.load32(PAGE));
    }

    @Test
    void aDirtyFlagIsSetByTheFirstStore() {
        c.setNested(EPT_A | POINTER | EptWalker.EPTP_ACCESSED_DIRTY);
        c.load32(PAGE);
        assertEquals(PAGE | 0x137, c.ram.get64(EPT_A + 0x3000 + 8 * 5));
        c.store32(PAGE, 1);
        assertEquals(PAGE | 0x337, c.ram.get64(EPT_A + 0x3000 + 8 * 5));
    }

    @Test
    void aStoreAcrossPagesHappensWhollyOrNot() {
        ept(EPT_A, PAGE + 4096, 0);
        c.ram.put64(PAGE + 4088, 7);
        exit(48, 0x182, PAGE + 4096, () -> c.store64(PAGE + 4092, -1));
        assertEquals(7, c.ram.get64(PAGE + 4088));
    }

    @Test
    void aLargePageOfTheGuestIsCachedByPagesOfTheEpt() {
        long l2 = cr3 - 2 * 4096;
        c.ram.put64(l2, 0x87 | PageWalker.ACCESSED | PageWalker.DIRTY);
        ept(EPT_A, PAGE, 0x150000 | 0x37);
        c.ram.put32(0x150000, 1);
        c.ram.put32(PAGE + 4096, 2);
        assertEquals(1, c.load32(PAGE));
        assertEquals(2, c.load32(PAGE + 4096));
    }

    /** A hypervisor that copies a page when it is written to need not invalidate the old one. */
    @Test
    void aViolationDropsWhatIsCachedForItsAddress() {
        ept(EPT_A, PAGE, PAGE | 0x35);
        assertEquals(0, c.load32(PAGE));
        assertEquals(PAGE, c.executable(PAGE));
        exit(48, 0x1aa, PAGE, () -> c.store32(PAGE, 1));
        c.ram.put64(EPT_A + 0x3000 + 8 * 5, 0x150000 | 0x37);
        c.ram.put32(0x150000, 7);
        assertEquals(7, c.load32(PAGE));
        assertEquals(0x150000, c.executable(PAGE));
    }

    @Test
    void guestPhysicalMappingsStayUntilInvept() {
        c.ram.put64(EPT_A + 0x3000 + 8 * 5, 0x150000 | 0x37);
        c.ram.put32(0x150000, 7);
        assertEquals(7, c.load32(PAGE));
        c.ram.put64(EPT_A + 0x3000 + 8 * 5, PAGE | 0x37);
        c.invalidatePage(PAGE);
        assertEquals(7, c.load32(PAGE));
        c.invalidateEpt(EPT_A | POINTER);
        assertEquals(0, c.load32(PAGE));
    }

    @Test
    void vpidsAndPointersTagTranslations() {
        c.ram.put32(PAGE, 1);
        c.ram.put32(0x150000, 2);
        c.useTranslations(1, EPT_A | POINTER, cr3);
        assertEquals(1, c.load32(PAGE));
        final long epoch = c.codeEpoch();
        ept(EPT_A, PAGE, 0x150000 | 0x37);
        assertEquals(1, c.load32(PAGE), "cached");
        c.useTranslations(2, EPT_A | POINTER, cr3);
        assertEquals(2, c.load32(PAGE));
        c.useTranslations(1, EPT_B | POINTER, cr3);
        assertEquals(1, c.load32(PAGE));
        assertTrue(c.codeEpoch() != epoch);
        c.useTranslations(1, EPT_A | POINTER, cr3);
        assertEquals(epoch, c.codeEpoch());
        assertEquals(1, c.load32(PAGE), "still cached");
        c.invalidateEpt(EPT_B);
        c.invalidateVpid(2);
        assertEquals(1, c.load32(PAGE));
        c.invalidateEpt(EPT_A);
        assertEquals(2, c.load32(PAGE));
    }

    @Test
    void invalidationByVpid() {
        c.useTranslations(1, EPT_A | POINTER, cr3);
        c.load32(PAGE);
        c.load32(PAGE + 4096);
        ept(EPT_A, PAGE, 0);
        ept(EPT_A, PAGE + 4096, 0);
        c.useTranslations(0, AddressSpaces.NO_EPT, cr3);
        assertFalse(c.nested());
        c.invalidatePage(1, PAGE);
        c.load32(PAGE);
        c.useTranslations(1, EPT_A | POINTER, cr3);
        exit(48, 0x181, PAGE, () -> c.load32(PAGE));
        c.load32(PAGE + 4096);
        c.useTranslations(0, AddressSpaces.NO_EPT, cr3);
        c.invalidateAllVpids();
        c.useTranslations(1, EPT_A | POINTER, cr3);
        exit(48, 0x181, PAGE + 4096, () -> c.load32(PAGE + 4096));
    }

    @Test
    void anotherCr3OrWriteProtectionFlushes() {
        c.load32(PAGE);
        ept(EPT_A, PAGE, 0);
        c.cr0 ^= Cpu.CR0_WP;
        c.setNested(EPT_A | POINTER);
        exit(48, 0x181, PAGE, () -> c.load32(PAGE));
        c.load32(PAGE + 4096);
        ept(EPT_A, PAGE + 4096, 0);
        c.useTranslations(0, EPT_A | POINTER, cr3 | 8);
        exit(48, 0x181, PAGE + 4096, () -> c.load32(PAGE + 4096));
    }

    @Test
    void moreTagsThanSets() {
        for (int round = 0; round < 2; round++) {
            for (int vpid = 1; vpid < 20; vpid++) {
                c.useTranslations(vpid, EPT_A | POINTER, cr3);
                c.store32(PAGE, vpid);
                assertEquals(vpid, c.load32(PAGE));
            }
        }
        ept(EPT_A, PAGE, 0);
        c.invalidateAllEpt();
        for (int vpid = 1; vpid < 20; vpid++) {
            c.useTranslations(vpid, EPT_A | POINTER, cr3);
            exit(48, 0x181, PAGE, () -> c.load32(PAGE));
        }
    }

    @Test
    void withoutPagingLinearIsGuestPhysical() {
        c.cr0 &= ~Cpu.CR0_PG;
        c.efer = 0;
        c.updatePaging();
        ept(EPT_A, PAGE, 0x150000 | 0x37);
        c.ram.put32(0x150010, 99);
        assertEquals(99, c.load32(PAGE + 0x10));
        ept(EPT_A, PAGE + 4096, 0);
        exit(48, 0x181, PAGE + 4096, () -> c.load32(PAGE + 4096));
        exit(48, 0x181, 0x800000, () -> c.load32(0x800000));
    }

    @Test
    void pdptesAreReadThroughEpt() {
        c.ram.put64(0x150020, 0x3001);
        ept(EPT_A, PAGE, 0x150000 | 0x31);
        assertTrue(c.loadPdptes(PAGE + 0x20));
        assertEquals(0x3001, c.walker.pdpte(0));
        ept(EPT_A, PAGE, 0);
        exit(48, 1, PAGE + 0x20, () -> c.loadPdptes(PAGE + 0x20));
        assertEquals(0x3001, c.walker.pdpte(0));
    }

    @Test
    void devicesAnswerBehindEpt() {
        c.deviceMemory = new AddressSpace("physical address");
        c.deviceMemory.map(
                0xfed00000L,
                0x1000,
                new BusDevice() {
                    @Override
                    public long read(long offset, int size) {
                        return offset;
                    }

                    @Override
                    public void write(long offset, int size, long value) {
                        c.ram.put32(0x150000, (int) value);
                    }
                });
        ept(EPT_A, PAGE, 0xfed00007L);
        assertEquals(0x30, c.load32(PAGE + 0x30));
        assertEquals(0x34, c.load32(PAGE + 0x34));
        c.store32(PAGE, 0x1234);
        assertEquals(0x1234, c.ram.get32(0x150000));
        c.ram.put64(EPT_A + 0x3000 + 8 * 5, 0); // seen without INVEPT: devices are not cached
        exit(48, 0x181, PAGE, () -> c.load32(PAGE));
    }

    /** A loop that stores into its own frame through another guest-physical address. */
    @Test
    void codeChangesThroughAnotherGuestPhysicalAddress() {
        ept(EPT_A, CODE, 0x150000 | 0x37);
        ept(EPT_A, ALIAS, 0x150000 | 0x37);
        // mov byte [ALIAS+0x109], 5; mov eax, 1; hlt
        byte[] code = HexFormat.of().parseHex("c604250911010005b801000000f4");
        c.ram.write(0x150100, code, 0, code.length);
        m.cache.beforeExternalWrite(0x150100, code.length);
        c.rip = CODE + 0x100;
        m.interpreter.run(1);
        m.interpreter.run(1);
        assertEquals(5, c.regs[Cpu.RAX]);
        c.ram.put8(0x150107, (byte) 9);
        m.cache.beforeExternalWrite(0x150107, 1);
        c.rip = CODE + 0x100;
        m.interpreter.run(2);
        assertEquals(9, c.regs[Cpu.RAX]);
    }

    @Test
    void anExitComesBeforeTheInstruction() {
        ept(EPT_A, PAGE, 0);
        // inc eax; mov ecx, [PAGE]; inc eax
        byte[] code = HexFormat.of().parseHex("ffc08b0c2500500000ffc0");
        c.ram.write(CODE, code, 0, code.length);
        c.rip = CODE;
        c.regs[Cpu.RAX] = 0;
        final long before = c.instructions;
        m.interpreter.run(3);
        assertEquals(CpuFault.VM_EXIT, m.event);
        assertEquals(48, m.errorCode);
        assertEquals(CODE + 2, c.rip);
        assertEquals(1, c.regs[Cpu.RAX]);
        assertEquals(1, c.instructions - before);
        ept(EPT_A, PAGE, PAGE | 0x37);
        m.interpreter.run(2);
        assertEquals(2, c.regs[Cpu.RAX]);
    }
}
