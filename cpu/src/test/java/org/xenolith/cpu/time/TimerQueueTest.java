package org.xenolith.cpu.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

class TimerQueueTest {
    private final TimerQueue queue = new TimerQueue();
    private final List<String> fired = new ArrayList<>();

    private Timer timer(String name) {
        return new Timer(deadline -> fired.add(name + deadline));
    }

    @Test
    void firesByDeadlineThenByArming() {
        Timer a = timer("a");
        Timer b = timer("b");
        Timer c = timer("c");
        queue.arm(a, 20);
        queue.arm(b, 10);
        queue.arm(c, 10);
        assertEquals(10, queue.nextDeadline());
        assertFalse(queue.fireFirst(9));
        while (queue.fireFirst(30)) {
            assertTrue(fired.size() <= 3);
        }
        assertEquals(List.of("b10", "c10", "a20"), fired);
        assertEquals(TimerQueue.NEVER, queue.nextDeadline());
    }

    @Test
    void armingAgainMoves() {
        Timer a = timer("a");
        queue.arm(a, 10);
        queue.arm(a, 50);
        assertEquals(50, queue.nextDeadline());
        queue.disarm(a);
        assertFalse(a.armed());
        assertEquals(TimerQueue.NEVER, queue.nextDeadline());
    }
}
