package org.xenolith.devices.pc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.junit.jupiter.api.Test;
import org.xenolith.cpu.bus.AddressSpace;
import org.xenolith.devices.VirtualTime;
import org.xenolith.devices.Wire;
import org.xenolith.devices.system.DmaMemory;
import org.xenolith.devices.system.Events;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;

/** The devices together: wiring, hostile guests, saving and restoring. */
class PcTest {
    private static final int[] PORTS = {
        0x20, 0x21, 0x40, 0x43, 0x60, 0x61, 0x64, 0x70, 0x71, 0x80, 0x92, 0xa0, 0xa1, 0xe0, 0xe4,
        0xe8, 0xe9, 0xea, 0xeb, 0xf4, 0x190, 0x3f8, 0x3fa, 0x3fd, 0x4d0, 0x510, 0x511, 0x514, 0x518,
        0x600, 0x604, 0x608, 0x620, 0xcf8, 0xcf9, 0xcfc, 0x2000, 0x2014, 0x8900
    };
    private static final long IO_APIC = Pc.IO_APIC_BASE;
    private static final long TEST_MEMORY = 0xff000000L;

    /** A PC whose outputs are written down. */
    private static final class Bench {
        final VirtualTime time;
        final Wire intr = new Wire();
        final Events events = new Events();
        final List<Integer> vectors = new ArrayList<>();
        final StringBuilder console = new StringBuilder();
        final Pc pc;

        Bench(VirtualTime time) {
            this(time, 64L << 20);
        }

        Bench(VirtualTime time, long ram) {
            this.time = time;
            pc =
                    new Pc(
                            new Pc.Surroundings(
                                    ram,
                                    2,
                                    time::now,
                                    time.timers,
                                    Pc.Surroundings.DEFAULT_START,
                                    b -> console.append((char) b),
                                    b -> console.append((char) b),
                                    intr,
                                    (destination, logical, mode, vector, level) ->
                                            vectors.add(vector),
                                    events,
                                    DmaMemory.NONE,
                                    new LinkedHashMap<>()));
        }

        void out(int port, int... values) {
            for (int value : values) {
                pc.ports.write(port, 1, value);
            }
        }

        int in(int port) {
            return (int) pc.ports.read(port, 1);
        }

        void initialisePics() {
            out(0x20, 0x11);
            out(0x21, 0x20, 4, 1);
            out(0xa0, 0x11);
            out(0xa1, 0x28, 2, 1);
        }
    }

    private final Bench bench = new Bench(new VirtualTime());

    @Test
    void theIntervalTimerInterruptsThroughBothControllers() {
        bench.initialisePics();
        AddressSpace memory = bench.pc.memory;
        memory.write(IO_APIC, 4, 0x14); // input 2
        memory.write(IO_APIC + 0x10, 4, 0x30);
        bench.out(0x43, 0x30);
        bench.out(0x40, 100, 0);
        assertFalse(bench.intr.high);
        bench.time.advance(100_000);
        assertTrue(bench.intr.high);
        assertEquals(0x20, bench.pc.acknowledge());
        assertEquals(List.of(0x30), bench.vectors);
    }

    @Test
    void theClockAndTheSerialPortHaveTheirInterrupts() {
        bench.initialisePics();
        bench.out(0x3f9, 1);
        bench.out(0x3fc, 8);
        bench.pc.com1().receive('x');
        assertEquals(0x24, bench.pc.acknowledge());
        bench.out(0x20, 0x20);
        bench.out(0x70, 11);
        bench.out(0x71, 0x12);
        bench.time.advance(1_000_000_000L);
        assertEquals(0x28, bench.pc.acknowledge());
    }

    @Test
    void testLinesReachBothControllers() {
        bench.initialisePics();
        bench.pc.memory.write(IO_APIC, 4, 0x26); // input 11
        bench.pc.memory.write(IO_APIC + 0x10, 4, 0x77);
        bench.pc.ports.write(0x200b, 4, 1);
        assertEquals(0x2b, bench.pc.acknowledge());
        assertEquals(List.of(0x77), bench.vectors);
    }

    @Test
    void endsOfTheMachine() {
        bench.pc.ports.write(0x604, 2, 0x2000);
        bench.pc.ports.write(0xf4, 4, 0);
        bench.out(0x64, 0xfe);
        bench.out(0xcf9, 6);
        for (byte b : "Shutdown".getBytes()) {
            bench.out(0x8900, b);
        }
        assertEquals("off exit1 reset reset off ", bench.events.log.toString());
    }

    @Test
    void resetControlLiesInTheMidstOfPci() {
        bench.pc.ports.write(0xcf8, 4, 0x80000000L);
        bench.out(0xcf9, 2);
        assertEquals(0x80000000L, bench.pc.ports.read(0xcf8, 4));
        assertEquals(0x12378086L, bench.pc.ports.read(0xcfc, 4));
        assertEquals(2, bench.in(0xcf9));
    }

    @Test
    void theDebugConsoleHasItsPortWithinTheTestLatch() {
        bench.pc.ports.write(0xe0, 4, 0x11223344);
        bench.out(0xe9, '!');
        assertEquals("!", bench.console.toString());
        assertEquals(0xe9, bench.in(0xe9));
        assertEquals(0x22, bench.in(0xea));
        assertEquals(0x44, bench.in(0xe8));
    }

    @Test
    void cmosTellsTheSizeOfMemory() {
        bench.out(0x70, 0x34);
        assertEquals((64 << 4) - 256 & 0xff, bench.in(0x71));
        bench.out(0x70, 0x31);
        assertEquals((63 << 10) >> 8, bench.in(0x71));
    }

    @Test
    void cmosTellsTheMemoryAboveTheHole() {
        Bench large = new Bench(new VirtualTime(), 5L << 30);
        int[] expected = {0x00, 0xbf, 0x00, 0x80, 0x00}; // 3 GiB - 16 MiB, 2 GiB
        int[] at = {0x34, 0x35, 0x5b, 0x5c, 0x5d};
        for (int i = 0; i < at.length; i++) {
            large.out(0x70, at[i]);
            assertEquals(expected[i], large.in(0x71));
        }
    }

    @Test
    void theAlarmWakesFromASleepThatKeepsTheClockAlone() {
        bench.initialisePics();
        bench.out(0x43, 0x34);
        bench.out(0x40, 0, 0);
        bench.out(0x3f9, 3);
        bench.out(0x70, 0x40);
        bench.out(0x71, 0x5a);
        int[][] alarm = {{1, 5}, {3, 0xc0}, {5, 0xc0}, {11, 0x22}}; // at second 5
        for (int[] write : alarm) {
            bench.out(0x70, write[0]);
            bench.out(0x71, write[1]);
        }
        bench.pc.ports.write(0x602, 2, 0x400);
        bench.pc.ports.write(0x604, 2, 0x2400);
        bench.pc.suspend();
        assertEquals("suspend ", bench.events.log.toString());
        bench.time.advance(4_999_999_999L);
        assertFalse(bench.intr.high, "the 8254 is off");
        assertEquals("suspend ", bench.events.log.toString());
        bench.time.advance(1);
        assertEquals("suspend resume ", bench.events.log.toString());
        assertEquals(0x84, bench.in(0x601), "WAK_STS and RTC_STS");
        assertEquals(0, bench.in(0x3f9));
        bench.out(0x70, 0x40);
        assertEquals(0x5a, bench.in(0x71));
        bench.out(0x70, 0);
        assertEquals(5, bench.in(0x71));
    }

    private static void act(Bench bench, Random random) {
        int size = 1 << random.nextInt(3);
        int port = PORTS[random.nextInt(PORTS.length)] + random.nextInt(2);
        int value = random.nextInt() >>> random.nextInt(32);
        long address =
                random.nextBoolean()
                        ? IO_APIC + (random.nextInt(6) << 4)
                        : TEST_MEMORY + random.nextInt(0x10010);
        switch (random.nextInt(8)) {
            case 0, 1, 2 -> bench.pc.ports.write(port, size, value);
            case 3, 4 -> bench.pc.ports.read(port, size);
            case 5 -> bench.pc.memory.write(address, 1 << random.nextInt(4), random.nextLong());
            case 6 -> {
                bench.pc.memory.read(address, 1 << random.nextInt(4));
                bench.pc.com1().receive(value);
                bench.pc.endOfInterrupt(value & 0xff);
            }
            default -> {
                if (bench.intr.high) {
                    bench.pc.acknowledge();
                }
            }
        }
    }

    @Property(tries = 200)
    void noGuestBreaksOrHangsTheDevices(@ForAll long seed) {
        Random random = new Random(seed);
        Bench fuzzed = new Bench(new VirtualTime());
        for (int i = 0; i < 1000; i++) {
            act(fuzzed, random);
            // at most a few timers, none faster than the 8254's clock
            int nanos = random.nextInt(1 << random.nextInt(20) + 1);
            int events = fuzzed.time.advance(nanos);
            assertTrue(events <= 8 + nanos / 400, events + " events in " + nanos + " ns");
        }
    }

    /** Everything that a guest sees of the devices' timing and levels. */
    private static String look(Bench bench) {
        StringBuilder seen = new StringBuilder();
        for (int port : PORTS) {
            seen.append(Long.toHexString(bench.pc.ports.read(port, 1))).append(' ');
        }
        seen.append(bench.intr.high).append(bench.pc.memory.read(IO_APIC + 0x10, 4));
        return seen.toString();
    }

    @Property(tries = 100)
    void aRestoredPcGoesOnAsTheSavedOne(@ForAll long seed) {
        Random random = new Random(seed);
        Bench saved = new Bench(new VirtualTime());
        for (int i = 0; i < 300; i++) {
            act(saved, random);
            saved.time.advance(random.nextInt(1 << random.nextInt(20) + 1));
        }
        VirtualTime otherTime = new VirtualTime();
        otherTime.advanceTo(saved.time.now());
        Bench restored = new Bench(otherTime);
        restored.pc.restore(saved.pc.save());
        saved.vectors.clear();
        restored.vectors.clear();
        long further = random.nextLong();
        Random[] randoms = {new Random(further), new Random(further)};
        for (int i = 0; i < 100; i++) {
            act(saved, randoms[0]);
            act(restored, randoms[1]);
            saved.time.advance(5000 * i);
            restored.time.advance(5000 * i);
            assertEquals(look(saved), look(restored));
            assertEquals(saved.vectors, restored.vectors);
        }
    }
}
