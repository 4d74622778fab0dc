package org.xenolith.hvm.vcpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenolith.hvm.vcpu.CallbackVia.Line;
import org.xenolith.xen.hypercall.Errno;

import java.util.ArrayList;
import java.util.List;

/** HVM_PARAM_CALLBACK_IRQ in its three forms, and what is none. */
class CallbackViaTest {
    private static final long GSI = 0L << 56;
    private static final long PCI = 1L << 56;
    private static final long VECTOR = 2L << 56;

    private final List<String> driven = new ArrayList<>();
    private final CallbackVia via =
            new CallbackVia(
                    new Line() {
                        @Override
                        public void drive(int gsi, boolean high) {
                            driven.add(gsi + (high ? " high" : " low"));
                        }

                        @Override
                        public int ofPci(int device, int pin) {
                            return device == 31 ? -1 : 16 + 4 * device + pin;
                        }
                    });

    @Test
    void theLineFollowsWhatIsPendingAndMovesOnce() {
        assertEquals(0, via.set(GSI | 9));
        assertTrue(via.byLine());
        via.update(true);
        via.update(true);
        via.update(false);
        assertEquals(List.of("9 high", "9 low"), driven);
    }

    @Test
    void aPciPinIsTheLineThatItLeadsTo() {
        assertEquals(0, via.set(PCI | 2 << 11 | 1));
        via.update(true);
        assertEquals(List.of("25 high"), driven);
        assertEquals(-Errno.EINVAL, via.set(PCI | 31 << 11), "no such line");
        assertTrue(via.byLine());
    }

    @Test
    void whoeverTurnsToAnotherWayLeavesTheLineLow() {
        via.set(GSI | 5);
        via.update(true);
        assertEquals(0, via.set(VECTOR | 0xf3));
        assertEquals(List.of("5 high", "5 low"), driven);
        assertEquals(0xf3, via.vector());
        assertFalse(via.byLine());
        via.update(true);
        assertEquals(2, driven.size());
    }

    @Test
    void exceptionVectorsAndUnknownTypesAreRefused() {
        assertEquals(-Errno.EINVAL, via.set(VECTOR | 0xf));
        assertEquals(-Errno.EINVAL, via.set(3L << 56));
        assertEquals(-Errno.EINVAL, via.set(-1));
        assertEquals(-1, via.vector());
    }
}
