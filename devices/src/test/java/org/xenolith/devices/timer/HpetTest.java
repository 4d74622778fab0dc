package org.xenolith.devices.timer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.junit.jupiter.api.Test;
import org.xenolith.cpu.bus.InterruptLine;
import org.xenolith.devices.VirtualTime;
import org.xenolith.devices.Wire;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

class HpetTest {
    private static final int CONFIGURATION = 0x10;
    private static final int STATUS = 0x20;
    private static final int COUNTER = 0xf0;
    private static final int LEVEL = 2;
    private static final int ENABLED = 4;
    private static final int PERIODIC = 8;
    private static final int SET_VALUE = 0x40;
    private static final int NARROW = 0x100;
    private static final int ROUTE_20 = 20 << 9;

    private final VirtualTime time = new VirtualTime();
    private final Map<Integer, Wire> wires = new TreeMap<>();
    private final Hpet hpet = new Hpet(time::now, time.timers, (pin, high) -> wire(pin).set(high));

    private Wire wire(int pin) {
        return wires.computeIfAbsent(pin, number -> new Wire());
    }

    private static int timer(int number) {
        return 0x100 + 0x20 * number;
    }

    private void set(int number, int config, long comparator) {
        hpet.write(timer(number), 8, config);
        hpet.write(timer(number) + 8, 8, comparator);
    }

    private void start(int config) {
        hpet.write(CONFIGURATION, 8, config | 1);
    }

    @Test
    void tellsWhatItIs() {
        assertEquals(0x8086_a201L, hpet.read(0, 4) & 0xffffffffL);
        assertEquals(16_000_000, hpet.read(4, 4));
        assertEquals(0x30, hpet.read(timer(2), 4) & 0xffffffffL, "periodic, 64 bits");
        assertEquals(0x00f0_0000, hpet.read(timer(2) + 4, 4));
    }

    @Test
    void countsWhileItIsEnabled() {
        time.advance(1000);
        assertEquals(0, hpet.read(COUNTER, 8));
        start(0);
        time.advance(16 * 1000 + 15);
        assertEquals(1000, hpet.read(COUNTER, 8));
        hpet.write(COUNTER, 8, 5);
        assertEquals(1000, hpet.read(COUNTER, 8), "it cannot be written while it runs");
        hpet.write(CONFIGURATION, 4, 0);
        time.advance(1000);
        assertEquals(1000, hpet.read(COUNTER, 8));
        hpet.write(COUNTER, 4, 7);
        hpet.write(COUNTER + 4, 4, 3);
        assertEquals(0x3_0000_0007L, hpet.read(COUNTER, 8));
        start(0);
        time.advance(32);
        assertEquals(0x3_0000_0009L, hpet.read(COUNTER, 8));
    }

    @Test
    void oneShotInterruptsOnce() {
        set(2, ENABLED | ROUTE_20, 100);
        start(0);
        time.advance(1599);
        assertEquals(0, wire(20).rises);
        time.advance(1);
        assertEquals(1, wire(20).rises);
        assertFalse(wire(20).high, "edge-triggered");
        time.advance(1_000_000);
        assertEquals(1, wire(20).rises);
        assertEquals(0, hpet.read(STATUS, 4));
    }

    @Test
    void periodicGoesOn() {
        hpet.write(timer(2), 8, ENABLED | PERIODIC | SET_VALUE | ROUTE_20);
        hpet.write(timer(2) + 8, 8, 50);
        hpet.write(timer(2) + 8, 8, 100);
        start(0);
        time.advance(50 * 16);
        assertEquals(1, wire(20).rises);
        assertEquals(150, hpet.read(timer(2) + 8, 8));
        time.advance(1000 * 16);
        assertEquals(11, wire(20).rises);
        time.leap(1000 * 16);
        assertEquals(12, wire(20).rises, "late ones are one");
        assertEquals(2150, hpet.read(timer(2) + 8, 8));
    }

    @Test
    void aLevelStaysUntilItsStatusIsCleared() {
        set(0, LEVEL | ENABLED | ROUTE_20, 10);
        start(0);
        time.advance(160);
        assertTrue(wire(20).high);
        assertEquals(1, hpet.read(STATUS, 4));
        hpet.write(timer(0), 4, LEVEL | ROUTE_20);
        assertFalse(wire(20).high, "disabled");
        hpet.write(timer(0), 4, LEVEL | ENABLED | 21 << 9);
        assertTrue(wire(21).high, "elsewhere");
        hpet.write(STATUS, 4, 2);
        assertTrue(wire(21).high);
        hpet.write(STATUS, 4, 1);
        assertFalse(wire(21).high);
    }

    @Test
    void narrowComparatorsMatchTheLowHalf() {
        hpet.write(COUNTER, 8, 0x5_ffff_fff0L);
        set(1, ENABLED | NARROW | ROUTE_20, 0x10);
        start(0);
        time.advance(0x20 * 16 - 1);
        assertEquals(0, wire(20).rises);
        time.advance(1);
        assertEquals(1, wire(20).rises);
    }

    @Test
    void replacesTheInterruptsOfThe8254AndTheClock() {
        InterruptLine pit = hpet.legacy(0);
        InterruptLine rtc = hpet.legacy(1);
        pit.set(true);
        assertTrue(wire(0).high);
        set(0, ENABLED, 100);
        set(1, ENABLED, 200);
        start(2);
        assertFalse(wire(0).high);
        rtc.set(true);
        assertFalse(wire(8).high);
        time.advance(100 * 16);
        assertEquals(2, wire(0).rises);
        assertEquals(0, wire(8).rises);
        time.advance(100 * 16);
        assertEquals(1, wire(8).rises);
        hpet.write(CONFIGURATION, 4, 1);
        assertTrue(wire(0).high && wire(8).high, "the devices have them back");
    }

    @Test
    void aRouteThatIsNotThereReadsBackAsNone() {
        hpet.write(timer(1), 4, ENABLED | 3 << 9);
        assertEquals(ENABLED | 0x30, hpet.read(timer(1), 4) & 0xffffffffL);
        hpet.write(timer(1), 4, ENABLED | 23 << 9);
        assertEquals(ENABLED | 0x30 | 23 << 9, hpet.read(timer(1), 4) & 0xffffffffL);
    }

    @Test
    void goesOnFromASavedState() {
        set(2, ENABLED | ROUTE_20, 100);
        start(0);
        time.advance(800);
        assertEquals(50, hpet.read(COUNTER, 8));
        Hpet.State state = hpet.save();
        Wire other = new Wire();
        Hpet copy = new Hpet(time::now, time.timers, (pin, high) -> other.set(high));
        copy.restore(state);
        assertEquals(state, copy.save());
        time.advance(799);
        assertEquals(0, other.rises);
        time.advance(1);
        assertEquals(1, other.rises);
        assertEquals(hpet.save(), copy.save());
        Hpet.State old = new Hpet.State(0, 0, 0, 0, 0, 0, List.of());
        assertThrows(IllegalArgumentException.class, () -> copy.restore(old));
    }

    @Property(tries = 300)
    void takesAnything(@ForAll long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            int size = 1 << random.nextInt(4);
            int offset = random.nextInt(random.nextBoolean() ? 0x170 : Hpet.LENGTH - 8);
            if (random.nextBoolean()) {
                hpet.write(offset, size, random.nextLong() >>> random.nextInt(64));
            } else {
                hpet.read(offset, size);
            }
            time.leap(random.nextInt(10_000));
        }
        hpet.write(CONFIGURATION, 4, 0);
        long counter = hpet.read(COUNTER, 8);
        time.leap(1000);
        assertEquals(counter, hpet.read(COUNTER, 8));
    }
}
