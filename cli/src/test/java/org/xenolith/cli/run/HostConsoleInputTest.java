package org.xenolith.cli.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

@Timeout(60)
final class HostConsoleInputTest {
    /** Longer than any test may take: a wait of this length that ends was ended by an event. */
    private static final long LONG = TimeUnit.HOURS.toNanos(1);

    private static HostConsoleInput started(InputStream source, int capacity) {
        HostConsoleInput input = new HostConsoleInput(source, c -> false, capacity);
        input.start();
        return input;
    }

    private static byte[] readAll(HostConsoleInput input, int pieces) {
        byte[] all = new byte[10_000];
        int length = 0;
        while (!input.eof()) {
            input.awaitInput(LONG);
            length += input.read(all, length, pieces);
        }
        return Arrays.copyOf(all, length);
    }

    @Test
    void everythingArrivesInOrderThroughASmallQueue() {
        byte[] bytes = new byte[9_999];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i * 31 >> 3);
        }
        HostConsoleInput input = started(new ByteArrayInputStream(bytes), 64);
        assertArrayEquals(bytes, readAll(input, 50));
        assertTrue(input.eof());
        assertEquals(0, input.read(new byte[1], 0, 1));
    }

    @Test
    void completeInputIsThereAfterSettling() {
        HostConsoleInput input = started(new ByteArrayInputStream("ls\n".getBytes(US_ASCII)), 64);
        input.settle(LONG);
        assertEquals(3, input.available());
        assertFalse(input.eof(), "three bytes are left to read");
        byte[] target = "......".getBytes(US_ASCII);
        assertEquals(2, input.read(target, 1, 2));
        assertEquals(1, input.read(target, 4, 2));
        assertEquals(".ls.\n.", new String(target, US_ASCII));
        assertTrue(input.eof());
    }

    @Test
    void settlingEndsWhenTheQueueIsFull() throws IOException {
        try (PipedOutputStream writer = new PipedOutputStream();
                PipedInputStream reader = new PipedInputStream(writer)) {
            HostConsoleInput input = started(reader, 4);
            writer.write("abcdefgh".getBytes(US_ASCII));
            writer.flush();
            input.settle(LONG);
            assertEquals(4, input.available());
        }
    }

    @Test
    void interceptedBytesAreNotForTheGuest() {
        StringBuilder seen = new StringBuilder();
        HostConsoleInput input =
                new HostConsoleInput(
                        new ByteArrayInputStream(new byte[] {'a', 0x1d, 'b', (byte) 0xff}),
                        c -> {
                            seen.append(c).append(' ');
                            return c == 0x1d;
                        });
        input.start();
        assertArrayEquals(new byte[] {'a', 'b', (byte) 0xff}, readAll(input, 10));
        assertEquals("97 29 98 255 ", seen.toString());
    }

    @Test
    void waitingEndsWithTheInputAndWithWake() throws IOException {
        PipedOutputStream writer = new PipedOutputStream();
        HostConsoleInput input = started(new PipedInputStream(writer), 64);
        input.wake();
        input.awaitInput(LONG);
        assertEquals(0, input.available());
        writer.write('x');
        writer.flush();
        input.awaitInput(LONG);
        assertEquals(1, input.read(new byte[4], 0, 4));
        writer.close();
        input.awaitInput(LONG);
        assertTrue(input.eof());
    }

    @Test
    void theEndOfInputEndsOneWait() {
        HostConsoleInput input = started(InputStream.nullInputStream(), 64);
        assertTrue(input.awaitEvent(LONG));
        assertFalse(input.awaitEvent(1));
        input.wake();
        assertTrue(input.awaitEvent(LONG));
    }

    @Test
    void onlyReadingMakesOldBytesNew() {
        HostConsoleInput input = started(new ByteArrayInputStream(new byte[3]), 64);
        input.settle(LONG);
        assertTrue(input.awaitEvent(LONG));
        assertFalse(input.awaitEvent(1), "three bytes, but seen before");
        assertEquals(2, input.read(new byte[2], 0, 2));
        assertTrue(input.awaitEvent(LONG), "one byte is left");
    }

    @Test
    void anUnreadableStreamIsAnEmptyOne() {
        InputStream broken =
                new InputStream() {
                    @Override
                    public int read() throws IOException {
                        throw new IOException("gone");
                    }
                };
        HostConsoleInput input = started(broken, 64);
        input.settle(LONG);
        assertTrue(input.eof());
    }
}
