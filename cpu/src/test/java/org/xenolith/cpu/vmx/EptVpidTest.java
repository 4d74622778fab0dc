package org.xenolith.cpu.vmx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenolith.cpu.engine.FlatMachine;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;

/** EPT pointers; what INVEPT and INVVPID take and what they drop. */
class EptVpidTest {
    private static final long ROOT = 0x200000;
    private static final long OTHER = 0x210000;
    private static final long POINTER = 0x1e;
    private static final long PAGE = 0x5000;
    private final Cpu c = new FlatMachine(4 << 20).cpu;
    private final long cr3 = c.cr3();

    @BeforeEach
    void identity() {
        for (long root : new long[] {ROOT, OTHER}) {
            c.ram.put64(root, root + 0x1000 | 7);
            c.ram.put64(root + 0x1000, root + 0x2000 | 7);
            c.ram.put64(root + 0x2000, 0xb7);
            c.ram.put64(root + 0x2008, 0x2000b7);
        }
        c.setCr3(cr3);
        c.updatePaging();
    }

    @ParameterizedTest
    @CsvSource({
        "20001e, true",
        "20005e, true", // accessed and dirty flags
        "200018, true", // uncacheable
        "20001c, false", // write-through
        "200016, false", // three levels
        "200026, false", // five levels
        "20009e, false",
        "20011e, false",
        "20081e, false",
        "20000020001e, true",
        "40000020001e, false", // beyond 46 bits
        "800000000020001e, false"
    })
    void pointers(String pointer, boolean good) {
        long eptp = Long.parseUnsignedLong(pointer, 16);
        assertEquals(good, EptVpid.isPointer(eptp, 46));
        assertEquals(good, EptVpid.invept(c, 1, eptp));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 1, 5000, true",
        "0, 0, 5000, false",
        "0, 1, 800000000000000, false",
        "0, 10001, 5000, false",
        "1, 1, 800000000000000, true",
        "1, 0, 0, false",
        "2, 0, 0, true",
        "2, 10000, 0, false",
        "3, ffff, 0, true",
        "3, 0, 0, false",
        "4, 1, 0, false",
        "100000000, 1, 0, false"
    })
    void operandsOfInvvpid(String type, String context, String address, boolean good) {
        assertEquals(
                good,
                EptVpid.invvpid(
                        c,
                        Long.parseLong(type, 16),
                        Long.parseLong(context, 16),
                        Long.parseUnsignedLong(address, 16)));
    }

    /** Makes translations by two VPIDs and two roots, then takes both roots' pages away. */
    private void cacheAll() {
        for (int vpid = 1; vpid <= 2; vpid++) {
            for (long root : new long[] {ROOT, OTHER}) {
                use(vpid, root);
                c.load32(PAGE);
                c.load32(PAGE + 4096);
            }
        }
        c.ram.put64(ROOT + 0x2000, 0);
        c.ram.put64(OTHER + 0x2000, 0);
    }

    private void use(int vpid, long root) {
        c.useTranslations(vpid, root | POINTER, cr3);
    }

    private void cached(int vpid, long root, long page, boolean expected) {
        use(vpid, root);
        if (expected) {
            c.load32(page);
        } else {
            assertThrows(CpuFault.class, () -> c.load32(page));
        }
    }

    @Test
    void inveptDropsOneRootOrAll() {
        cacheAll();
        assertTrue(EptVpid.invept(c, 1, ROOT | POINTER));
        for (int vpid = 1; vpid <= 2; vpid++) {
            cached(vpid, ROOT, PAGE, false);
            cached(vpid, OTHER, PAGE, true);
        }
        assertTrue(EptVpid.invept(c, 2, 0));
        cached(1, OTHER, PAGE, false);
        assertEquals(false, EptVpid.invept(c, 0, ROOT | POINTER));
        assertEquals(false, EptVpid.invept(c, 3, ROOT | POINTER));
    }

    @Test
    void invvpidDropsByVpid() {
        cacheAll();
        c.ept.use(OTHER | POINTER, 46); // so that no guest-physical mappings are kept
        assertTrue(EptVpid.invvpid(c, 0, 1, PAGE));
        cached(1, ROOT, PAGE, false);
        cached(1, OTHER, PAGE, false);
        cached(1, ROOT, PAGE + 4096, true);
        cached(2, ROOT, PAGE, true);
        assertTrue(EptVpid.invvpid(c, 3, 1, 0));
        cached(1, ROOT, PAGE + 4096, false);
        cached(2, ROOT, PAGE, true);
        assertTrue(EptVpid.invvpid(c, 2, 0, 0));
        cached(2, ROOT, PAGE, false);
        cached(2, OTHER, PAGE, false);
    }
}
