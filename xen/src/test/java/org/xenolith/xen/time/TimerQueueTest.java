package org.xenolith.xen.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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

    @Test
    void pvclockMakesOneTickOneNanosecond() {
        byte[] bytes = TimeInfo.encode(6, 1000, true);
        ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(8, b.getInt(0));
        long tsc = 123_456_789_012L;
        long scaled =
                Math.unsignedMultiplyHigh(
                        tsc - b.getLong(8) << b.get(28), (b.getInt(24) & 0xffffffffL) << 32);
        assertEquals(tsc, b.getLong(16) + scaled);
        assertEquals(1, b.get(29));
        assertEquals(0, TimeInfo.encode(7, 0, false)[29]);
        assertEquals(8, TimeInfo.encode(7, 0, false)[0]);
    }
}
