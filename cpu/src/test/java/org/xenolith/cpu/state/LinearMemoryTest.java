package org.xenolith.cpu.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.xenolith.cpu.bus.AddressSpace;
import org.xenolith.cpu.bus.BusDevice;
import org.xenolith.cpu.engine.FlatMachine;
import org.xenolith.cpu.memory.PhysicalMemory;

import java.util.ArrayList;
import java.util.List;

/** Translations by privilege, invalidation, devices in memory, address wrap. */
class LinearMemoryTest {
    private static final int RAM = 4 << 20;
    private static final long USER_PAGE = 0x5000;
    private static final long KERNEL_PAGE = 0x6000;
    private static final long DEVICE_VA = 0x8000;
    private static final long DEVICE = 0xfed00000L;
    private static final long LARGE = 0x200000;
    private final FlatMachine m = new FlatMachine(RAM);
    private final Cpu c = m.cpu;
    private final long l4 = c.cr3();
    private final long l2 = l4 - 2 * 4096;
    private final long l1 = l4 - 3 * 4096;
    private final List<String> log = new ArrayList<>();

    private final BusDevice device =
            new BusDevice() {
                @Override
                public long read(long offset, int size) {
                    log.add("r%x/%d".formatted(offset, size));
                    return 0x8877665544332211L + offset;
                }

                @Override
                public void write(long offset, int size, long value) {
                    log.add("w%x/%d=%x".formatted(offset, size, value));
                }
            };

    @BeforeEach
    void native64() {
        ram64(l1 + 8 * (KERNEL_PAGE >>> 12), KERNEL_PAGE | 3);
        ram64(l1 + 8 * (DEVICE_VA >>> 12), DEVICE | 7);
        c.setCr3(l4);
        c.updatePaging();
        cpl(0);
    }

    private void ram64(long maddr, long value) {
        c.ram.put64(maddr, value);
    }

    private void cpl(int cpl) {
        c.cpl = cpl;
        c.privilegeChanged();
    }

    private void ac(boolean set) {
        c.eflags = set ? c.eflags | Flags.AC : c.eflags & ~(long) Flags.AC;
        c.privilegeChanged();
    }

    private void pageFault(int error, Executable access) {
        CpuFault fault = assertThrows(CpuFault.class, access);
        assertEquals(CpuFault.PF, fault.vector);
        assertEquals(error, fault.errorCode);
    }

    @Test
    void userModeDoesNotSeeWhatTheSupervisorHasCached() {
        c.store32(KERNEL_PAGE, 42);
        cpl(3);
        pageFault(5, () -> c.load32(KERNEL_PAGE));
        assertEquals(KERNEL_PAGE, c.cr2);
        assertEquals(42, c.loadSystem32(KERNEL_PAGE));
        pageFault(5, () -> c.load32(KERNEL_PAGE));
        c.storeSystem64(KERNEL_PAGE, 43);
        cpl(0);
        assertEquals(43, c.load64(KERNEL_PAGE));
    }

    @Test
    void smapFollowsAcButNotForSystemAccesses() {
        c.cr4 |= Cpu.CR4_SMAP;
        c.updatePaging();
        pageFault(1, () -> c.load8(USER_PAGE));
        ac(true);
        c.store8(USER_PAGE, (byte) 7);
        pageFault(1, () -> c.loadSystem8(USER_PAGE));
        ac(false);
        pageFault(3, () -> c.store8(USER_PAGE, (byte) 8));
        cpl(3);
        assertEquals(7, c.load8(USER_PAGE));
    }

    @Test
    void invalidationOfAnyPartDropsALargePage() {
        ram64(l2 + 8, LARGE | 0x87);
        c.flushTlb();
        c.ram.put32(LARGE + 0x3000, 1);
        c.ram.put32(0x3000, 2);
        assertEquals(1, c.load32(LARGE + 0x3000));
        c.executable(LARGE + 0x3000);
        long epoch = c.codeEpoch();
        ram64(l2 + 8, 0x87);
        c.invalidatePage(0x40000000L);
        assertEquals(1, c.load32(LARGE + 0x3000));
        assertEquals(epoch, c.codeEpoch());
        c.invalidatePage(LARGE + 0x100000);
        assertEquals(2, c.load32(LARGE + 0x3000));
        assertEquals(0x3000, c.executable(LARGE + 0x3000));
        assertEquals(epoch + 1, c.codeEpoch());
    }

    @Test
    void devicesAnswerEveryAccess() {
        c.deviceMemory = new AddressSpace("physical address");
        c.deviceMemory.map(DEVICE, 0x1000, device);
        assertEquals(0x8877665544332219L, c.load64(DEVICE_VA + 8));
        assertEquals(0x2211, c.load16(DEVICE_VA));
        assertEquals(0xffffff91, c.load8(DEVICE_VA + 0x80));
        c.store32(DEVICE_VA + 4, -2);
        c.store32(DEVICE_VA + 4, -3);
        assertEquals(List.of("r8/8", "r0/2", "r80/1", "w4/4=fffffffe", "w4/4=fffffffd"), log);
        assertEquals(-1, c.readable(DEVICE_VA));
    }

    @Test
    void accessesCrossFromRamIntoADevice() {
        c.deviceMemory = new AddressSpace("physical address");
        c.deviceMemory.map(DEVICE, 0x1000, device);
        c.ram.put16(DEVICE_VA - 2, (short) 0xbbaa);
        assertEquals(0x1211bbaa, c.load32(DEVICE_VA - 2));
        c.store32(DEVICE_VA - 2, 0x11223344);
        assertEquals(0x3344, c.ram.get16(DEVICE_VA - 2));
        assertEquals(List.of("r1/1", "r0/1", "w0/1=22", "w1/1=11"), log);
    }

    @Test
    void whereNothingAnswersTheBusFloatsHigh() {
        c.store64(DEVICE_VA, 5);
        assertEquals(-1, c.load64(DEVICE_VA));
    }

    @Test
    void theApicHidesRam() {
        c.store32(USER_PAGE + 0x20, 5);
        c.mapApic(USER_PAGE, device);
        c.load32(USER_PAGE + 0x20);
        c.store32(USER_PAGE + 0xb0, 0);
        assertEquals(List.of("r20/4", "wb0/4=0"), log);
        c.mapApic(-1, null);
        assertEquals(5, c.load32(USER_PAGE + 0x20));
    }

    @Test
    void withoutPagingAddressesWrapAt4GiBAndA20MayBeMasked() {
        c.efer = 0;
        c.cr0 = 0;
        c.updatePaging();
        c.setSegment(Cpu.CS, 0, 0, 0xffff, 0x9b);
        c.ram.put16(0, (short) 0x1234);
        assertEquals(0x1234ffff, c.load32(0xfffffffeL));
        c.ram.put8(0x100000, (byte) 1);
        c.ram.put8(0, (byte) 2);
        assertEquals(1, c.load8(0x100000));
        c.enableA20(false);
        assertEquals(2, c.load8(0x100000));
        c.enableA20(true);
        assertEquals(1, c.load8(0x100000));
    }

    @Test
    void romLiesWhereItIsMappedAndNowhereElse() {
        int ram = 2 << 20;
        Cpu r = new Cpu(new PhysicalMemory(ram, 0x20000), new FlatMachine(2 << 20));
        r.efer = 0;
        r.cr0 = 0;
        r.updatePaging();
        r.setSegment(Cpu.CS, 0, 0, 0xffff, 0x9b);
        r.mapRom(0xfffe0000L);
        r.ram.put32(ram + 0x1fff0, 0x11223344);
        assertEquals(ram + 0x1fff0, r.executable(0xfffffff0L));
        r.store32(0xfffffff0L, 5);
        assertEquals(0x11223344, r.load32(0xfffffff0L));
        r.store32(0xfffffff0L, 5);
        assertEquals(0x11223344, r.update32(0xfffffff0L));
        assertEquals(-1, r.writable(0xfffffff0L, 4));
        assertEquals(0x11223344, r.ram.get32(ram + 0x1fff0));
        assertEquals(-1, r.load32(ram + 0x1fff0), "behind RAM is nothing");
        r.store32(ram + 0x1fff0, 5);
        assertEquals(0x11223344, r.load32(0xfffffff0L));
        assertEquals(ram, r.ram.size());
        assertFalse(r.ram.contains(ram, 1));
    }

    @Test
    void canonicalAddressesHave57BitsWithFiveLevels() {
        long va = 1L << 50;
        assertEquals(CpuFault.GP, assertThrows(CpuFault.class, () -> c.load8(va)).vector);
        long l5 = l4 - 5 * 4096;
        for (int i = 0; i < 512; i++) {
            ram64(l5 + 8 * i, 0);
        }
        ram64(l5 + 8 * 4, l4 | 7);
        c.cr4 |= Cpu.CR4_LA57;
        c.setCr3(l5);
        c.updatePaging();
        c.ram.put8(USER_PAGE, (byte) 9);
        assertEquals(9, c.load8(va + USER_PAGE));
        pageFault(0, () -> c.load8(USER_PAGE));
    }
}
