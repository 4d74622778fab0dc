package org.xenolith.devices.interrupt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/** The I/O APIC against Intel's 82093AA data sheet (order 290566). */
class IoApicTest {
    private static final int LEVEL = 1 << 15;
    private static final int MASKED = 1 << 16;
    private static final int REMOTE_IRR = 1 << 14;

    private record Message(int destination, boolean logical, int mode, int vector, boolean level) {}

    private final List<Message> sent = new ArrayList<>();
    private boolean accepts = true;
    private final IoApic apic =
            new IoApic(
                    (destination, logical, mode, vector, level) -> {
                        sent.add(new Message(destination, logical, mode, vector, level));
                        return accepts;
                    });

    private long get(int register) {
        apic.write(0, 4, register);
        return apic.read(0x10, 4);
    }

    private void put(int register, long value) {
        apic.write(0, 4, register);
        apic.write(0x10, 4, value);
    }

    private void entry(int pin, int destination, int low) {
        put(0x11 + 2 * pin, (long) destination << 24);
        put(0x10 + 2 * pin, low);
    }

    @Test
    void introducesItselfAndStartsMasked() {
        assertEquals(0x170020, get(1));
        for (int pin = 0; pin < 24; pin++) {
            assertEquals(MASKED, get(0x10 + 2 * pin));
            apic.pin(pin, true);
        }
        assertEquals(List.of(), sent);
        put(0, 0xff000000L);
        assertEquals(0x0f000000, get(0), "4 bits of ID");
        assertEquals(0, get(0x40), "behind the table");
    }

    @Test
    void theOneOfADomainHas48Inputs() {
        IoApic wide =
                IoApic.wide(
                        (destination, logical, mode, vector, level) ->
                                sent.add(new Message(destination, logical, mode, vector, level)));
        wide.write(0, 4, 1);
        assertEquals(0x2f0020, wide.read(0x10, 4));
        wide.write(0, 4, 0x10 + 2 * 47);
        wide.write(0x10, 4, LEVEL | 0x61);
        wide.pin(15, true);
        assertEquals(List.of(), sent);
        wide.pin(47, true);
        wide.pin(48, true);
        assertEquals(List.of(new Message(0, false, 0, 0x61, true)), sent);
        IoApic.State state = wide.save();
        assertEquals(1L << 47 | 1 << 15, state.levels());
        wide.restore(state);
        assertThrows(IllegalArgumentException.class, () -> apic.restore(state));
    }

    @Test
    void edgesSendOneMessageEach() {
        entry(4, 3, 0x31);
        apic.pin(4, true);
        apic.pin(4, true);
        apic.pin(4, false);
        apic.pin(4, true);
        Message expected = new Message(3, false, 0, 0x31, false);
        assertEquals(List.of(expected, expected), sent);
    }

    @Test
    void levelsWaitForTheEndOfInterrupt() {
        entry(10, 0xf0, LEVEL | 1 << 11 | 0x45);
        apic.pin(10, true);
        assertEquals(List.of(new Message(0xf0, true, 0, 0x45, true)), sent);
        assertEquals(REMOTE_IRR, get(0x24) & REMOTE_IRR);
        apic.pin(10, false);
        apic.pin(10, true);
        assertEquals(1, sent.size());
        apic.endOfInterrupt(0x44);
        assertEquals(1, sent.size(), "another vector");
        apic.endOfInterrupt(0x45);
        assertEquals(2, sent.size(), "the line is still high");
        apic.pin(10, false);
        apic.write(0x40, 4, 0x45); // the EOI register of version 0x20
        assertEquals(0, get(0x24) & REMOTE_IRR);
        assertEquals(2, sent.size());
    }

    @Test
    void unmaskingALevelThatIsHighSendsIt() {
        entry(10, 0, LEVEL | MASKED | 0x45);
        apic.pin(10, true);
        assertEquals(0, sent.size());
        entry(10, 0, LEVEL | 0x45);
        assertEquals(1, sent.size());
    }

    @Test
    void guestsCannotWriteTheStatusBits() {
        entry(10, 0, LEVEL | MASKED | REMOTE_IRR | 1 << 12 | 0x45);
        assertEquals(LEVEL | MASKED | 0x45, get(0x24));
    }

    @Test
    void goingToEdgeClearsRemoteIrr() {
        entry(10, 0, LEVEL | 0x45);
        apic.pin(10, true);
        entry(10, 0, 0x45);
        entry(10, 0, MASKED | LEVEL | 0x45);
        assertEquals(0, get(0x24) & REMOTE_IRR);
    }

    @Test
    void aMessageThatNobodyAcceptsLeavesNoRemoteIrr() {
        accepts = false;
        entry(10, 77, LEVEL | 0x45);
        apic.pin(10, true);
        assertEquals(0, get(0x24) & REMOTE_IRR);
    }

    @Test
    void aRestoredApicGoesOn() {
        entry(10, 0, LEVEL | 0x45);
        apic.pin(10, true);
        List<Integer> vectors = new ArrayList<>();
        IoApic other =
                new IoApic((destination, logical, mode, vector, level) -> vectors.add(vector));
        other.restore(apic.save());
        assertEquals(List.of(), vectors);
        other.endOfInterrupt(0x45);
        assertEquals(List.of(0x45), vectors);
    }
}
