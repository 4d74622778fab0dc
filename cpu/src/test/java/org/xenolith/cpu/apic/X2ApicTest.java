package org.xenolith.cpu.apic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.xenolith.cpu.apic.ApicMachine.BASE_MSR;
import static org.xenolith.cpu.apic.ApicMachine.BSP;
import static org.xenolith.cpu.apic.ApicMachine.EN;
import static org.xenolith.cpu.apic.ApicMachine.EXTD;

import org.junit.jupiter.api.Test;
import org.xenolith.cpu.state.CpuFault;

/** IA32_APIC_BASE, and the registers as MSRs. */
class X2ApicTest {
    private static final long BASE = LocalApic.DEFAULT_BASE | BSP;
    private final ApicMachine m = new ApicMachine(1);
    private final LocalApic apic = m.apics.getFirst();

    private void faults(int msr, long value) {
        CpuFault fault =
                assertThrows(
                        CpuFault.class,
                        () -> apic.writeMsr(msr, value),
                        () -> Integer.toHexString(msr));
        assertEquals(CpuFault.GP, fault.vector);
        assertEquals(0, fault.errorCode);
    }

    private void faultsOnRead(int msr) {
        assertThrows(CpuFault.class, () -> apic.readMsr(msr), () -> Integer.toHexString(msr));
    }

    @Test
    void onlySomeTransitionsAreLegal() {
        assertEquals(BASE | EN, apic.readMsr(BASE_MSR));
        faults(BASE_MSR, BASE | EXTD);
        apic.writeMsr(BASE_MSR, BASE | EN | EXTD);
        faults(BASE_MSR, BASE | EXTD);
        faults(BASE_MSR, BASE | EN);
        apic.writeMsr(BASE_MSR, BASE);
        faults(BASE_MSR, BASE | EXTD);
        faults(BASE_MSR, BASE | EN | EXTD);
        apic.writeMsr(BASE_MSR, BASE | EN);
        for (int bit : new int[] {0, 7, 9, 46, 63}) {
            faults(BASE_MSR, BASE | EN | 1L << bit);
        }
        assertEquals(BASE | EN, apic.readMsr(BASE_MSR));
    }

    @Test
    void withoutTheFeaturesTheirMsrsFault() {
        LocalApic plain =
                new ApicMachine(1, new LocalApic.Features(false, false, 40)).apics.getFirst();
        assertThrows(CpuFault.class, () -> plain.writeMsr(BASE_MSR, BASE | EN | EXTD));
        assertThrows(CpuFault.class, () -> plain.writeMsr(BASE_MSR, BASE | EN | 1L << 40));
        assertThrows(CpuFault.class, () -> plain.readMsr(ApicMachine.DEADLINE_MSR));
        plain.write(0x320, 4, 2 << 17);
        assertEquals(0, plain.read(0x320, 4));
    }

    @Test
    void thePageMovesAndGoes() {
        long[] page = new long[1];
        apic.mapPage((base, device) -> page[0] = base);
        assertEquals(LocalApic.DEFAULT_BASE, page[0]);
        apic.writeMsr(BASE_MSR, 0xfed40000L | EN);
        assertEquals(0xfed40000L, page[0]);
        m.write(0, 0x20, 5 << 24);
        apic.writeMsr(BASE_MSR, 0xfed40000L);
        assertEquals(-1, page[0]);
        assertEquals(-1, m.read(0, 0x30));
        m.write(0, 0x80, 0xff);
        assertEquals(0, apic.taskPriority());
        apic.taskPriority(15);
        assertEquals(15, apic.taskPriority());
        apic.taskPriority(0);
        apic.writeMsr(BASE_MSR, BASE | EN);
        assertEquals(0x00050014, m.read(0, 0x30));
        assertEquals(0, m.read(0, 0x20), "the ID is the initial one again");
        assertEquals(0xff, m.read(0, 0xf0));
        apic.writeMsr(BASE_MSR, BASE | EN | EXTD);
        assertEquals(-1, page[0]);
        assertEquals(-1, m.read(0, 0x30));
    }

    @Test
    void reservedRegistersAndBitsFault() {
        for (int msr = 0x800; msr <= 0x8ff; msr++) {
            faultsOnRead(msr);
            faults(msr, 0);
        }
        apic.writeMsr(BASE_MSR, BASE | EN | EXTD);
        String readable = "8 a d f 28 30 32 33 34 35 36 37 38 39 3e";
        String writable = "8 b f 28 30 32 33 34 35 36 37 38 3e 3f";
        for (int register = 0; register <= 0xff; register++) {
            String name = Integer.toHexString(register);
            boolean vectors = register >= 0x10 && register < 0x28;
            boolean low = register == 2 || register == 3;
            int msr = 0x800 + register;
            if (vectors || low || has(readable, name)) {
                long value = apic.readMsr(msr);
                assertEquals(register == 0x30 ? value : value & 0xffffffffL, value);
            } else {
                faultsOnRead(msr);
            }
            if (has(writable, name)) {
                apic.writeMsr(msr, 0);
            } else {
                faults(msr, 0);
            }
            if (register != 0x30) {
                faults(msr, -1);
            }
        }
        faults(0x83f, 0x100);
        faults(0x830, 1 << 20);
        faults(0x830, 1 << 13);
        faults(0x828, 1);
        faults(0x808, 0x100);
    }

    private static boolean has(String list, String name) {
        return (" " + list + " ").contains(" " + name + " ");
    }

    @Test
    void idsAreWideAndTheCommandRegisterIsOne() {
        ApicMachine many = new ApicMachine(20);
        LocalApic last = many.apics.get(19);
        last.writeMsr(BASE_MSR, LocalApic.DEFAULT_BASE | EN | EXTD);
        assertEquals(19, last.readMsr(0x802));
        assertEquals(0x10008, last.readMsr(0x80d));
        last.writeMsr(0x830, 3L << 32 | 0x4471);
        assertEquals(3L << 32 | 0x4471, last.readMsr(0x830));
        assertEquals(1, many.pins.get(3).nmis);
        last.writeMsr(0x80f, 0x1ff);
        last.writeMsr(0x83f, 0x77);
        assertEquals(0x77, many.take(19));
    }
}
