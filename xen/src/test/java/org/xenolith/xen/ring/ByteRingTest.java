package org.xenolith.xen.ring;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import org.junit.jupiter.api.Test;

import java.util.List;

class ByteRingTest {
    private static final int SIZE = 16;
    private static final int CONS = 100;
    private static final int PROD = 104;

    private final ByteArrayRingPage page = new ByteArrayRingPage();
    private final ByteRing ring = new ByteRing(page, 32, SIZE, CONS, PROD);

    @Property(tries = 200)
    void bytesComeOutInOrder(
            @ForAll int start, @ForAll @Size(max = 60) List<@IntRange(max = 20) Integer> lengths) {
        page.put32(CONS, start);
        page.put32(PROD, start);
        byte in = 0;
        byte out = 0;
        for (int length : lengths) {
            byte[] data = new byte[length];
            for (int i = 0; i < length; i++) {
                data[i] = (byte) (in + i);
            }
            int space = ring.space();
            int written = ring.write(data, 0, length);
            assertEquals(Math.min(space, length), written);
            in += (byte) written;
            byte[] got = new byte[7];
            int waiting = ring.available();
            int read = ring.read(got, 0, got.length);
            assertEquals(Math.min(waiting, got.length), read);
            for (int i = 0; i < read; i++) {
                assertEquals(out++, got[i]);
            }
        }
    }

    @Test
    void offsetsTooFarApartAreReportedAndTouchNothing() {
        page.put32(CONS, 5);
        page.put32(PROD, 5 + SIZE + 1);
        byte[] data = {1, 2, 3};
        assertEquals(ByteRing.CORRUPT, ring.available());
        assertEquals(ByteRing.CORRUPT, ring.space());
        assertEquals(ByteRing.CORRUPT, ring.read(data, 0, 3));
        assertEquals(ByteRing.CORRUPT, ring.write(data, 0, 3));
        assertArrayEquals(new byte[] {1, 2, 3}, data);
        assertEquals(5, page.get32(CONS));
        assertEquals(5 + SIZE + 1, page.get32(PROD));
    }

    @Test
    void producerBehindConsumerIsCorrupt() {
        page.put32(CONS, 10);
        page.put32(PROD, 9);
        assertEquals(ByteRing.CORRUPT, ring.read(new byte[4], 0, 4));
    }

    @Test
    void wrapsAroundTheBufferAndTheOffsets() {
        page.put32(CONS, -3);
        page.put32(PROD, -3);
        byte[] data = new byte[SIZE];
        for (int i = 0; i < SIZE; i++) {
            data[i] = (byte) (i + 1);
        }
        assertEquals(SIZE, ring.write(data, 0, SIZE));
        assertEquals(0, ring.space());
        assertEquals(SIZE - 3, page.get32(PROD));
        byte[] first = new byte[3];
        page.read(32 + 13, first, 0, 3);
        assertArrayEquals(new byte[] {1, 2, 3}, first);
        byte[] got = new byte[SIZE];
        assertEquals(SIZE, ring.read(got, 0, SIZE));
        assertArrayEquals(data, got);
    }

    @Test
    void sizeMustBeAPowerOfTwo() {
        assertThrows(IllegalArgumentException.class, () -> new ByteRing(page, 0, 1000, CONS, PROD));
    }
}
