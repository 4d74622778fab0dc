package org.xenolith.cpu.apic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenolith.cpu.state.CpuFault;

import java.util.SplittableRandom;

/**
 * Whatever a guest writes, the APICs keep their invariants, end, and come back from saved state.
 */
class LocalApicFuzzTest {
    private final int rounds = Integer.getInteger("xenolith.fuzz.rounds", 200_000);
    private final SplittableRandom random =
            new SplittableRandom(Long.getLong("xenolith.fuzz.seed", 11));

    @Test
    void anythingGoes() {
        ApicMachine m = new ApicMachine(3);
        m.bus.onEndOfInterrupt(vector -> m.bus.deliver(0xff, false, 1, vector, vector % 3 == 0));
        for (int round = 0; round < rounds; round++) {
            int who = random.nextInt(3);
            step(m, m.apics.get(who));
            int fired = m.advance(random.nextInt(3000));
            assertTrue(fired <= 15, "timers fire at most once a microsecond each: " + fired);
            check(m, who);
        }
    }

    private void step(ApicMachine m, LocalApic apic) {
        long value = random.nextLong() >>> random.nextInt(64);
        int size = 1 << random.nextInt(4);
        int register = random.nextInt(8) == 0 ? random.nextInt(256) : random.nextInt(64);
        try {
            switch (random.nextInt(12)) {
                case 0, 1, 2, 3 -> apic.write(register * 16L, 4, value);
                case 4 -> apic.write(random.nextInt(4096 / size) * (long) size, size, value);
                case 5 -> apic.read(random.nextInt(4096 / size) * (long) size, size);
                case 6 -> apic.writeMsr(0x800 + register, value);
                case 7 -> apic.readMsr(0x800 + register);
                case 8 -> apic.writeMsr(ApicMachine.DEADLINE_MSR, m.now + random.nextInt(4000));
                case 9 -> apic.lint0(random.nextBoolean());
                case 10 -> m.bus.deliver(random.nextInt(256), value > 9, 0, (int) value, true);
                default -> apic.writeMsr(ApicMachine.BASE_MSR, base());
            }
        } catch (CpuFault fault) {
            assertEquals(CpuFault.GP, fault.vector);
        }
    }

    private long base() {
        return LocalApic.DEFAULT_BASE | (long) random.nextInt(4) << 10;
    }

    private void check(ApicMachine m, int who) {
        LocalApic apic = m.apics.get(who);
        LocalApicState state = apic.save();
        assertEquals(0, (state.irr().getFirst() | state.isr().getFirst()) & 0xffff);
        boolean xapic = apic.enabled() && !apic.x2apic();
        if (xapic && (state.svr() & 0x100) == 0) {
            state.lvt().forEach(entry -> assertTrue((entry & 1 << 16) != 0));
        }
        boolean high = m.pins.get(who).interrupt;
        apic.restore(state);
        assertEquals(state, apic.save());
        assertEquals(high, m.pins.get(who).interrupt);
        if (high && random.nextBoolean()) {
            int vector = apic.acknowledge();
            assertTrue(vector == m.picVector || vector >= 16 && vector < 256);
        }
    }

    @Test
    void otherVersionsAreRefused() {
        LocalApic apic = new ApicMachine(1).apics.getFirst();
        LocalApicState s = apic.save();
        LocalApicState newer =
                new LocalApicState(
                        2,
                        s.base(),
                        s.xapicId(),
                        s.tpr(),
                        s.ldr(),
                        s.dfr(),
                        s.svr(),
                        s.esr(),
                        s.errors(),
                        s.errorArmed(),
                        s.icr(),
                        s.isr(),
                        s.tmr(),
                        s.irr(),
                        s.lvt(),
                        s.lint0(),
                        s.timer());
        assertThrows(IllegalArgumentException.class, () -> apic.restore(newer));
        assertFalse(apic.x2apic());
    }

    @Test
    void savedTimersGoOn() {
        ApicMachine m = new ApicMachine(1);
        m.write(0, 0x320, 1 << 17 | 0x60);
        m.write(0, 0x380, 5000);
        m.advance(3000);
        LocalApicState state = m.apics.getFirst().save();
        ApicMachine other = new ApicMachine(1);
        other.now = m.now;
        other.apics.getFirst().restore(state);
        other.advance(6999);
        assertEquals(-1, other.take(0));
        other.advance(1);
        assertEquals(0x60, other.take(0));
    }
}
