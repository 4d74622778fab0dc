package org.xenolith.xen.console;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.junit.jupiter.api.Test;
import org.xenolith.xen.ring.ByteArrayRingPage;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

class ConsoleRingTest {
    private static final int OUT = 1024;
    private static final int IN_CONS = 3072;
    private static final int IN_PROD = 3076;
    private static final int OUT_CONS = 3080;
    private static final int OUT_PROD = 3084;

    private final ByteArrayRingPage page = new ByteArrayRingPage();
    private final ByteArrayOutputStream screen = new ByteArrayOutputStream();
    private int events;
    private final ConsoleRing console = new ConsoleRing(page, () -> events++);

    private void guestPrints(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        int prod = page.get32(OUT_PROD);
        for (byte each : bytes) {
            page.write(OUT + (prod++ & 2047), new byte[] {each}, 0, 1);
        }
        page.put32(OUT_PROD, prod);
    }

    @Test
    void outputReachesTheSinkAndTheGuestHearsOfIt() {
        guestPrints("Linux version");
        assertEquals(13, console.drainOutput(screen::write));
        assertEquals("Linux version", screen.toString(StandardCharsets.US_ASCII));
        assertEquals(13, page.get32(OUT_CONS));
        assertEquals(1, events);
        assertEquals(0, console.drainOutput(screen::write));
        assertEquals(1, events);
    }

    @Test
    void outputWrapsAround() {
        page.put32(OUT_CONS, -5);
        page.put32(OUT_PROD, -5);
        guestPrints("0123456789".repeat(204) + "abcdefgh");
        assertEquals(ConsoleRing.OUT_BYTES, console.drainOutput(screen::write));
        assertEquals(
                "0123456789".repeat(204) + "abcdefgh", screen.toString(StandardCharsets.US_ASCII));
    }

    @Test
    void inputIsTakenAsFarAsItFits() {
        page.put32(IN_CONS, 1000);
        page.put32(IN_PROD, 1000);
        byte[] typed = new byte[1500];
        for (int i = 0; i < typed.length; i++) {
            typed[i] = (byte) i;
        }
        assertEquals(1024, console.inputSpace());
        assertEquals(1024, console.offerInput(typed, 3, 1400));
        assertEquals(0, console.inputSpace());
        assertEquals(0, console.offerInput(typed, 0, 1));
        assertEquals(1, events);
        assertEquals(2024, page.get32(IN_PROD));
        byte[] seen = new byte[2];
        page.read(1000 & 1023, seen, 0, 2);
        assertArrayEquals(new byte[] {3, 4}, seen);
        page.put32(IN_CONS, 1010);
        assertEquals(10, console.inputSpace());
    }

    @Test
    void impossibleOutputOffsetsStopTheConsole() {
        page.put32(OUT_PROD, 2049);
        assertEquals(0, console.drainOutput(screen::write));
        assertNotNull(console.error());
        page.put32(OUT_PROD, 1);
        assertEquals(0, console.drainOutput(screen::write));
        assertEquals(0, screen.size());
        assertEquals(0, console.inputSpace());
    }

    @Test
    void impossibleInputOffsetsStopTheConsole() {
        page.put32(IN_PROD, 5);
        page.put32(IN_CONS, 6);
        assertEquals(0, console.offerInput(new byte[4], 0, 4));
        assertNotNull(console.error());
        assertEquals(5, page.get32(IN_PROD));
    }

    @Property(tries = 300)
    void anyOffsetsGiveBytesOrAnError(
            @ForAll int inCons, @ForAll int inProd, @ForAll int outCons, @ForAll int outProd) {
        ByteArrayRingPage any = new ByteArrayRingPage();
        any.put32(IN_CONS, inCons);
        any.put32(IN_PROD, inProd);
        any.put32(OUT_CONS, outCons);
        any.put32(OUT_PROD, outProd);
        ConsoleRing ring = new ConsoleRing(any, () -> {});
        boolean outSane = Integer.compareUnsigned(outProd - outCons, 2048) <= 0;
        boolean inSane = Integer.compareUnsigned(inProd - inCons, 1024) <= 0;
        assertEquals(outSane ? outProd - outCons : 0, ring.drainOutput((d, o, l) -> {}));
        int space = inSane && outSane ? 1024 - (inProd - inCons) : 0;
        assertEquals(Math.min(space, 9), ring.offerInput(new byte[9], 0, 9));
        if (inSane && outSane) {
            assertNull(ring.error());
        } else {
            assertNotNull(ring.error());
        }
    }
}
