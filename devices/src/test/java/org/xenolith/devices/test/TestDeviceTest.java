package org.xenolith.devices.test;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.xenolith.cpu.bus.BusDevice;

/** What kvm-unit-tests expect of the test device. */
class TestDeviceTest {
    private final TestDevice device = new TestDevice();

    @Test
    void theLatchHasByteLanesAndAMirror() {
        BusDevice latch = device.latch();
        latch.write(0, 4, 0x12345678);
        assertEquals(0x34, latch.read(2, 1));
        latch.write(1, 2, 0xabcd);
        assertEquals(0x12abcd78, latch.read(0, 4));
        assertEquals(0x12abcd78, latch.read(8, 4));
        latch.write(4, 4, 0x5000);
        assertEquals(0, latch.read(4, 4));
        assertEquals(0x12abcd78, latch.read(0, 4));
    }

    @Test
    void aWideWriteSetsSeveralLines() {
        StringBuilder log = new StringBuilder();
        device.lines((n, high) -> log.append(n).append(high ? '+' : '-')).write(11, 4, 1);
        assertEquals("11+12-13-14-", log.toString());
    }

    @Test
    void memoryIsMemory() {
        BusDevice memory = device.memory();
        memory.write(0xfff9, 4, 0xdeadbeefL);
        assertEquals(0xadbe, memory.read(0xfffa, 2));
        memory.write(0xfff8, 8, 0x1122334455667788L);
        assertEquals(0x1122334455667788L, memory.read(0xfff8, 8));
        TestDevice other = new TestDevice();
        other.restore(device.save());
        assertEquals(0x1122334455667788L, other.memory().read(0xfff8, 8));
    }
}
