package org.xenolith.xen.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** A guest that keeps to the protocol gets each raised, unmasked port exactly once. */
class DeliveryPropertyTest {
    private static final int PORTS = 40;

    /** One thing that happens: kind 0 send, 1 mask, 2 unmask, 3 priority, 4 processor, 5 upcall. */
    record Step(int kind, int port, int value) {}

    @Provide
    Arbitrary<List<Step>> steps() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, 8),
                        Arbitraries.integers().between(0, PORTS - 1),
                        Arbitraries.integers().between(0, 15))
                .as(Step::new)
                .list()
                .ofMaxSize(120);
    }

    @Property(tries = 500)
    void twoLevel(@ForAll("steps") List<Step> steps) {
        run(steps, false);
    }

    @Property(tries = 500)
    void fifo(@ForAll("steps") List<Step> steps) {
        run(steps, true);
    }

    private static void run(List<Step> steps, boolean fifo) {
        FakeEventDomain domain = new FakeEventDomain(2);
        if (fifo) {
            domain.useFifo();
        }
        // Loopback channels: sending at one end raises the other.
        int[] senders = new int[PORTS];
        int[] receivers = new int[PORTS];
        for (int k = 0; k < PORTS; k++) {
            receivers[k] = domain.events.allocUnboundFor(FakeEventDomain.DOMID);
            senders[k] = domain.events.bindInterdomain(FakeEventDomain.DOMID, receivers[k]);
        }
        take(domain, fifo);

        Set<Integer> expected = new TreeSet<>();
        Set<Integer> masked = new TreeSet<>();
        for (Step step : steps) {
            int port = receivers[step.port];
            switch (step.kind) {
                case 1 -> {
                    domain.mask(port, fifo);
                    masked.add(port);
                }
                case 2 -> {
                    domain.events.unmask(port);
                    masked.remove(port);
                }
                case 3 -> domain.events.setPriority(port, step.value);
                case 4 -> {
                    // A port that is raised may be in a queue of its old processor; Linux moves
                    // it only while it is masked and has been handled.
                    if (!expected.contains(port)) {
                        assertEquals(0, domain.events.bindVcpu(port, step.value & 1));
                    }
                }
                case 5 -> check(domain, fifo, expected, masked);
                default -> {
                    assertEquals(0, domain.events.send(senders[step.port]));
                    expected.add(port);
                }
            }
        }
        check(domain, fifo, expected, masked);
        for (int port : receivers) {
            domain.events.unmask(port);
        }
        masked.clear();
        check(domain, fifo, expected, masked);
        assertTrue(expected.isEmpty());
    }

    private static void check(
            FakeEventDomain domain, boolean fifo, Set<Integer> expected, Set<Integer> masked) {
        Map<Integer, Integer> once = new TreeMap<>();
        for (int port : expected) {
            if (!masked.contains(port)) {
                once.put(port, 1);
            }
        }
        assertEquals(once, take(domain, fifo));
        expected.removeAll(once.keySet());
    }

    private static Map<Integer, Integer> take(FakeEventDomain domain, boolean fifo) {
        Map<Integer, Integer> taken = new TreeMap<>();
        for (int v = 0; v < 2; v++) {
            boolean raised = domain.ram.get8(domain.vcpus[v].info) != 0;
            Map<Integer, Integer> mine = Map.of();
            if (raised) {
                mine = fifo ? domain.takeFifo(v) : domain.take2Level(v);
            }
            mine.forEach((port, count) -> taken.merge(port, count, Integer::sum));
        }
        return taken;
    }

    /** Whatever the guest writes into words and control blocks stays its own problem. */
    @Property(tries = 300)
    void hostileFifo(
            @ForAll("steps") List<Step> steps, @ForAll List<Integer> words, @ForAll int ready) {
        FakeEventDomain domain = new FakeEventDomain(2);
        domain.useFifo();
        int[] ports = new int[PORTS];
        for (int k = 0; k < PORTS; k++) {
            ports[k] = domain.events.bindIpi(k & 1);
        }
        byte[] before = new byte[(int) domain.ram.size()];
        int next = 0;
        for (Step step : steps) {
            if (!words.isEmpty()) {
                int word = words.get(next++ % words.size());
                domain.ram.put32(domain.array + 4L * ports[step.port], word);
                domain.ram.put32(domain.control[0] + 8 + 4L * step.value, word);
                domain.ram.put32(domain.control[0], ready);
            }
            domain.ram.read(0, before, 0, before.length);
            assertEquals(0, domain.events.send(ports[step.port]));
            domain.events.unmask(ports[step.port]);
            domain.events.setPriority(ports[step.port], step.value);
            assertOnlySharedPagesChanged(domain, before);
        }
    }

    private static void assertOnlySharedPagesChanged(FakeEventDomain domain, byte[] before) {
        byte[] after = new byte[before.length];
        domain.ram.read(0, after, 0, after.length);
        Set<Long> shared =
                Set.of(domain.sharedInfo, domain.array, domain.control[0], domain.control[1]);
        for (int at = 0; at < after.length; at++) {
            if (before[at] != after[at]) {
                assertTrue(shared.contains(at & ~4095L), "wrote at " + Integer.toHexString(at));
            }
        }
    }
}
