package org.xenolith.devices.serial;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenolith.devices.Wire;

/** The serial port against National's PC16550D data sheet. */
class Uart16550Test {
    private static final int IER = 1;
    private static final int IIR = 2;
    private static final int FCR = 2;
    private static final int LCR = 3;
    private static final int MCR = 4;
    private static final int LSR = 5;
    private static final int MSR = 6;
    private static final int OUT2 = 8;

    private final StringBuilder sent = new StringBuilder();
    private final Wire irq = new Wire();
    private final Uart16550 uart = new Uart16550(b -> sent.append((char) b), irq);

    private int get(int register) {
        return (int) uart.read(register, 1);
    }

    private void put(int register, int value) {
        uart.write(register, 1, value);
    }

    @Test
    void sendsAndIsAlwaysReady() {
        for (char c : "hello".toCharArray()) {
            assertEquals(0x60, get(LSR));
            put(0, c);
        }
        assertEquals("hello", sent.toString());
    }

    @Test
    void theDivisorHidesBehindItsBit() {
        put(LCR, 0x83);
        put(0, 0x0c);
        put(1, 0x01);
        assertEquals(0x0c, get(0));
        assertEquals(0x01, get(1));
        put(LCR, 0x03);
        assertEquals(0, get(IER));
        assertEquals("", sent.toString());
        put(7, 0x5a);
        assertEquals(0x5a, get(7));
    }

    @Test
    void listensOnceReceptionInterrupts() {
        assertFalse(uart.listens());
        put(IER, 2);
        assertFalse(uart.listens());
        put(IER, 1);
        assertTrue(uart.listens());
    }

    @Test
    void nothingComesInFromOutsideInLoopBack() {
        assertEquals(1, uart.space());
        put(MCR, 0x10);
        assertEquals(0, uart.space());
        put(0, 'l');
        assertEquals('l', get(0));
        put(MCR, 0);
        assertEquals(1, uart.space());
    }

    @Test
    void withoutFifoTheSecondByteOverruns() {
        uart.receive('a');
        uart.receive('b');
        assertEquals(0x63, get(LSR));
        assertEquals(0x61, get(LSR), "reading clears the error");
        assertEquals('a', get(0));
        assertEquals(0x60, get(LSR));
    }

    @Test
    void theFifoInterruptsAtItsTriggerLevelAndTimesOutBelow() {
        put(FCR, 0x81); // trigger level 8
        put(IER, 1);
        put(MCR, OUT2);
        uart.receive('x');
        assertEquals(0xcc, get(IIR), "character time-out");
        for (int i = 0; i < 15; i++) {
            uart.receive('0' + i);
        }
        assertEquals(0, uart.space());
        assertEquals(0xc4, get(IIR));
        assertTrue(irq.high);
        for (int i = 0; i < 16; i++) {
            get(0);
        }
        assertEquals(0xc1, get(IIR));
        assertFalse(irq.high);
    }

    @Test
    void anEmptyTransmitterInterruptsUntilIirIsRead() {
        put(MCR, OUT2);
        put(IER, 2);
        assertTrue(irq.high, "enabling reports an empty transmitter");
        assertEquals(2, get(IIR));
        assertFalse(irq.high);
        put(0, 'a');
        assertTrue(irq.high);
        put(IER, 0);
        assertFalse(irq.high);
        assertEquals(1, get(IIR));
        put(IER, 2);
        assertEquals(2, get(IIR), "enabling again reports again");
    }

    @Test
    void out2GatesTheLine() {
        put(IER, 1);
        uart.receive('a');
        assertFalse(irq.high);
        put(MCR, OUT2);
        assertTrue(irq.high);
        put(MCR, OUT2 | 0x10);
        assertFalse(irq.high, "loop-back turns the pin off");
    }

    @Test
    void loopBackReturnsBytesAndModemLines() {
        put(MCR, 0x1f);
        assertEquals(0xf0, get(MSR) & 0xf0);
        put(MCR, 0x12); // RTS drives CTS
        assertEquals(0x10, get(MSR) & 0xf0);
        put(0, 'q');
        assertEquals("", sent.toString());
        assertEquals('q', get(0));
    }

    @Test
    void modemChangesAreReportedOnce() {
        get(MSR);
        put(IER, 8);
        put(MCR, 0x10);
        assertEquals(0, get(IIR), "CTS, DSR and DCD went off");
        assertEquals(0x0b, get(MSR) & 0x0f);
        assertEquals(1, get(IIR));
    }

    @Test
    void resettingTheFifoForgetsWhatWaits() {
        put(FCR, 1);
        uart.receive('a');
        put(FCR, 3);
        assertEquals(0x60, get(LSR));
    }

    @Test
    void aRestoredUartHasTheSameBytesWaiting() {
        put(FCR, 1);
        put(IER, 1);
        put(MCR, OUT2);
        for (int i = 0; i < 20; i++) {
            uart.receive('a' + i);
            if (i % 2 == 0) {
                get(0);
            }
        }
        Wire otherIrq = new Wire();
        Uart16550 other = new Uart16550(b -> {}, otherIrq);
        other.restore(uart.save());
        assertTrue(otherIrq.high);
        while ((get(LSR) & 1) != 0) {
            assertEquals(1, other.read(LSR, 1) & 1);
            assertEquals(get(0), other.read(0, 1));
        }
        assertEquals(0, other.read(LSR, 1) & 1);
    }
}
