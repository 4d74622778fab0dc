package org.xenolith.cpu.apic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.List;

/** IRR, ISR, priorities, EOI, errors and local inputs. */
class InterruptPriorityTest {
    private final ApicMachine m = new ApicMachine(1);
    private final LocalApic apic = m.apics.getFirst();

    private void request(int vector, boolean level) {
        m.bus.deliver(0, false, 0, vector, level);
    }

    @Test
    void higherClassesNestAndEndInOrder() {
        request(0x31, false);
        assertEquals(1 << 17, m.read(0, 0x210));
        assertEquals(0x31, m.take(0));
        assertEquals(0, m.read(0, 0x210));
        assertEquals(1 << 17, m.read(0, 0x110));
        assertEquals(0x30, m.read(0, 0xa0));
        request(0x3f, false);
        assertEquals(-1, m.take(0), "same class");
        request(0x52, false);
        assertEquals(0x52, m.take(0));
        assertEquals(0x50, m.read(0, 0xa0));
        m.write(0, 0xb0, 0);
        assertEquals(0x30, m.read(0, 0xa0));
        assertEquals(-1, m.take(0));
        m.write(0, 0xb0, 0);
        assertEquals(0x3f, m.take(0));
    }

    @Test
    void taskPriorityHoldsBackAndIsCr8() {
        apic.taskPriority(5);
        assertEquals(0x50, m.read(0, 0x80));
        request(0x5f, false);
        assertFalse(m.pins.getFirst().interrupt);
        assertEquals(0xff, apic.acknowledge(), "spurious, as INTR has gone");
        assertEquals(0, m.read(0, 0x120));
        m.write(0, 0x80, 0x4f);
        assertEquals(4, apic.taskPriority());
        assertEquals(0x4f, m.read(0, 0xa0));
        assertEquals(0x5f, m.take(0));
        assertEquals(-1, apic.acknowledge());
    }

    @Test
    void endOfLevelInterruptsIsBroadcast() {
        request(0x40, true);
        request(0x51, false);
        assertEquals(1, m.read(0, 0x1a0));
        assertEquals(0x51, m.take(0));
        m.write(0, 0xb0, 0);
        assertEquals(List.of(), m.ended);
        assertEquals(0x40, m.take(0));
        m.write(0, 0xb0, 0);
        assertEquals(List.of(0x40), m.ended);
        request(0x40, false);
        assertEquals(0, m.read(0, 0x1a0));
    }

    @Test
    void errorsAreLatchedByAWriteAndInterruptOnce() {
        m.write(0, 0x370, 0xfe);
        m.send(0, 0, 0x4005);
        assertEquals(0, m.read(0, 0x280));
        assertEquals(0xfe, m.take(0));
        m.write(0, 0xb0, 0);
        m.write(0, 0x3f0, 0); // no such register in xAPIC mode
        assertEquals(-1, m.take(0), "not armed");
        m.write(0, 0x280, 0);
        assertEquals(0xe0, m.read(0, 0x280));
        m.write(0, 0x280, 0);
        assertEquals(0, m.read(0, 0x280));
        m.read(0, 0x400);
        assertEquals(0xfe, m.take(0));
    }

    @Test
    void softwareDisableMasksLocalEntriesAndRefusesFixedInterrupts() {
        request(0x61, false);
        m.write(0, 0x350, 0x45);
        m.write(0, 0xf0, 0xff);
        assertEquals(0x10045, m.read(0, 0x350));
        m.write(0, 0x350, 0x45);
        assertEquals(0x10045, m.read(0, 0x350));
        assertFalse(m.bus.deliver(0, false, 0, 0x71, false));
        assertTrue(m.bus.deliver(0, false, 4, 0, false));
        assertEquals(1, m.pins.getFirst().nmis);
        assertEquals(0x61, m.take(0), "what was pending stays so");
    }

    @Test
    void aHypervisorsInterruptIsLostUnlessSoftwareEnables() {
        apic.interrupt(0xf3);
        assertEquals(0xf3, m.take(0));
        m.write(0, 0xb0, 0);
        int before = m.pins.getFirst().enabled;
        m.write(0, 0xf0, 0xff);
        apic.interrupt(0xf3);
        assertEquals(before, m.pins.getFirst().enabled);
        m.write(0, 0xf0, 0x1ff);
        assertEquals(before + 1, m.pins.getFirst().enabled, "time to repeat it");
        assertEquals(-1, m.take(0));
    }

    @Test
    void externalInterruptsComeThroughLint0() {
        m.picVector = 8;
        apic.lint0(true);
        assertEquals(-1, m.take(0), "masked after reset");
        apic.virtualWire();
        assertEquals(8, m.take(0));
        assertEquals(0, m.read(0, 0x100), "not in service");
        apic.lint0(false);
        assertEquals(-1, m.take(0));
        apic.lint1();
        assertEquals(1, m.pins.getFirst().nmis);
        apic.writeMsr(ApicMachine.BASE_MSR, LocalApic.DEFAULT_BASE);
        apic.lint0(true);
        assertEquals(8, m.take(0), "past a disabled APIC");
        apic.lint1();
        assertEquals(2, m.pins.getFirst().nmis);
    }

    @Test
    void levelTriggeredLint0AsksAgainAfterItsEnd() {
        m.write(0, 0x350, 0x8044);
        apic.lint0(true);
        assertEquals(0x44, m.take(0));
        assertEquals(0xc044, m.read(0, 0x350), "remote IRR");
        m.write(0, 0xb0, 0);
        assertEquals(0x44, m.take(0));
        apic.lint0(false);
        m.write(0, 0xb0, 0);
        assertEquals(0x8044, m.read(0, 0x350));
        assertEquals(-1, m.take(0));
    }

    @Test
    void performanceInterruptMasksItself() {
        m.write(0, 0x340, 0x400);
        apic.performance();
        apic.performance();
        assertEquals(1, m.pins.getFirst().nmis);
        assertEquals(0x10400, m.read(0, 0x340));
    }

    @Test
    void initKeepsTheIdAndResetsTheRest() {
        m.write(0, 0x20, 7 << 24);
        m.write(0, 0xd0, 1 << 24);
        request(0x61, false);
        m.bus.deliver(7, false, 5, 0, false);
        assertEquals(1, m.pins.getFirst().inits);
        assertFalse(m.pins.getFirst().interrupt);
        assertEquals(7 << 24, m.read(0, 0x20));
        assertEquals(0, m.read(0, 0xd0));
        assertEquals(0xff, m.read(0, 0xf0));
        apic.reset();
        assertEquals(0, m.read(0, 0x20));
    }
}
