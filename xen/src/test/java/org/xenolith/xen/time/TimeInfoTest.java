package org.xenolith.xen.time;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

class TimeInfoTest {
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
