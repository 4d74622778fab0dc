package org.xenolith.cpu.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;

/** XSAVE and its kin where a host in user mode cannot be compared with: PKRU, XSAVES, XCR0. */
class ExtendedStateTest {
    private static final int AREA = 0x40000;
    private static final int HEADER = AREA + 512;
    private static final String XSAVE = "480fae23 f4";
    private static final String XSAVEOPT = "480fae33 f4";
    private static final String XSAVEC = "480fc723 f4";
    private static final String XSAVES = "480fc72b f4";
    private static final String XRSTOR = "480fae2b f4";
    private static final String XRSTORS = "480fc71b f4";
    private static final String XSETBV = "0f01d1 f4";
    private static final String XGETBV = "0f01d0 f4";
    private static final long COMPACTED = 1L << 63;
    private static final int PKRU = 0x200;

    private NativeMachine m;
    private Cpu cpu;

    @BeforeEach
    void max() {
        start("max");
        cpu.xcr0 = 0x207;
    }

    private void start(String model) {
        m = NativeMachine.long64(CpuModel.parse(model));
        cpu = m.cpu;
        cpu.cr4 |= Cpu.CR4_OSXSAVE | Cpu.CR4_OSFXSR;
        cpu.fpu.control = 0x37f;
        cpu.fpu.tag = 0xffff;
        cpu.regs[Cpu.RBX] = AREA;
        m.ram.fill(AREA, 4096, (byte) 0xee);
        m.ram.fill(HEADER, 64, (byte) 0);
    }

    /** Runs with a mask in EDX:EAX; the vector raised, or -1. */
    private int run(String code, long mask) {
        cpu.regs[Cpu.RAX] = mask & 0xffffffffL;
        cpu.regs[Cpu.RDX] = mask >>> 32;
        m.run(code);
        return m.vector();
    }

    @Test
    void pkruHasItsPlaceInBothFormats() {
        cpu.pkru = 0x12345678;
        assertEquals(-1, run(XSAVE, -1));
        assertEquals(PKRU, m.ram.get64(HEADER));
        assertEquals(0x12345678, m.ram.get64(AREA + 832));
        max();
        cpu.pkru = 0x12345678;
        assertEquals(-1, run(XSAVEC, PKRU | 2));
        assertEquals(PKRU, m.ram.get64(HEADER));
        assertEquals(COMPACTED | PKRU | 2, m.ram.get64(HEADER + 8));
        assertEquals(0x12345678, m.ram.get64(AREA + 576));
        assertEquals(0xeeeeeeeeeeeeeeeeL, m.ram.get64(AREA + 832));
        cpu.pkru = 0;
        assertEquals(-1, run(XRSTOR, -1));
        assertEquals(0x12345678, cpu.pkru);
    }

    @Test
    void pkruIsBehindAvxWhereTheLayoutHasThat() {
        cpu.pkru = 7;
        assertEquals(-1, run(XSAVEC, -1));
        assertEquals(COMPACTED | 0x207, m.ram.get64(HEADER + 8));
        assertEquals(7, m.ram.get64(AREA + 832));
    }

    @Test
    void initialStateIsNotSavedButRestored() {
        assertEquals(-1, run(XSAVEOPT, PKRU));
        assertEquals(0, m.ram.get64(HEADER));
        assertEquals(0xeeeeeeeeeeeeeeeeL, m.ram.get64(AREA + 832));
        cpu.pkru = 5;
        assertEquals(-1, run(XRSTOR, PKRU));
        assertEquals(0, cpu.pkru);
        cpu.pkru = 5;
        m.ram.fill(AREA, 512, (byte) 0); // MXCSR among them
        assertEquals(-1, run(XRSTOR, 7));
        assertEquals(5, cpu.pkru);
    }

    @Test
    void restoringPkruChecksTranslationsAnew() {
        cpu.cr4 |= Cpu.CR4_PKE;
        cpu.updatePaging();
        long entry = NativeMachine.RAM - 3 * 4096 + 8; // the second 2 MiB
        m.ram.put64(entry, m.ram.get64(entry) | 1L << 59);
        cpu.flushTlb();
        String load = "a1 0000200000000000 f4".replace(" ", "");
        m.run(load);
        assertEquals(-1, m.vector());
        m.ram.put64(HEADER, PKRU);
        m.ram.put64(AREA + 832, 1 << 2);
        assertEquals(-1, run(XRSTOR, PKRU));
        m.run(load);
        assertEquals(CpuFault.PF, m.vector());
    }

    @Test
    void xsavesAndXrstorsAreCompactedAndPrivileged() {
        cpu.fpu.vec[0] = 42;
        cpu.pkru = 9;
        assertEquals(-1, run(XSAVES, -1));
        assertEquals(COMPACTED | 0x207, m.ram.get64(HEADER + 8));
        assertEquals(PKRU | 2, m.ram.get64(HEADER));
        cpu.fpu.vec[0] = 0;
        cpu.fpu.vec[2] = 1;
        assertEquals(-1, run(XRSTORS, -1));
        assertEquals(42, cpu.fpu.vec[0]);
        assertEquals(0, cpu.fpu.vec[2]);
        assertEquals(9, cpu.pkru);
        m.ram.put64(HEADER + 8, 0);
        assertEquals(CpuFault.GP, run(XRSTORS, -1)); // the standard format
        m.ring(3);
        assertEquals(CpuFault.GP, run(XSAVES, -1));
        max();
        m.ring(3);
        assertEquals(CpuFault.GP, run(XRSTORS, -1));
    }

    @ParameterizedTest
    @CsvSource({
        "0x8000000000000207, 0x207, 0, -1",
        "0x8000000000000007, 0x200, 0, 13", // not in the layout
        "0x8000000000000107, 0x7, 0, 13", // not enabled
        "0x8000000000000207, 0x7, 1, 13", // a reserved byte
        "0, 0x207, 0, -1",
        "0, 0x408, 0, 13",
        "7, 7, 0, 13" // a layout in the standard format
    })
    void xrstorChecksTheHeader(String layout, String header, int reserved, int vector) {
        m.ram.fill(AREA, 512, (byte) 0);
        m.ram.put64(HEADER + 8, Long.parseUnsignedLong(layout.replace("0x", ""), 16));
        m.ram.put64(HEADER, Long.decode(header));
        m.ram.put64(HEADER + 40, reserved);
        assertEquals(vector, run(XRSTOR, -1));
    }

    /** The compacted format came with XSAVEC. */
    @ParameterizedTest
    @CsvSource({"haswell, 13", "'skylake-client,-xsavec', 13", "skylake-client, -1"})
    void xrstorOfTheCompactedFormatIsAFeature(String model, int vector) {
        start(model);
        cpu.xcr0 = 7;
        m.ram.put64(HEADER + 8, COMPACTED | 7);
        m.ram.put64(HEADER, 4);
        m.ram.put64(AREA + 576, 42);
        assertEquals(vector, run(XRSTOR, 7));
        assertEquals(vector < 0 ? 42 : 0, cpu.fpu.vec[2]);
    }

    /** XSETBV takes what leaf 0xd announces. */
    @ParameterizedTest
    @CsvSource({
        "max, 0x207, -1",
        "max, 0x201, -1",
        "max, 0x205, 13",
        "max, 0xf, 13",
        "haswell, 0x7, -1",
        "haswell, 0x207, 13",
        "'haswell,-avx', 0x7, 13",
        "'haswell,-avx', 0x3, -1",
        "haswell, 0x6, 13"
    })
    void xsetbvTakesWhatTheModelHas(String model, String value, int vector) {
        start(model);
        cpu.regs[Cpu.RCX] = 0;
        assertEquals(vector, run(XSETBV, Long.decode(value)));
        assertEquals(vector < 0 ? Long.decode(value) : 1, cpu.xcr0);
    }

    @Test
    void xgetbvOfOneIsAFeature() {
        cpu.pkru = 1;
        cpu.regs[Cpu.RCX] = 1;
        assertEquals(-1, run(XGETBV, 0));
        assertEquals(PKRU, cpu.regs[Cpu.RAX]);
        cpu.fpu.mxcsr = 0x1fa0;
        cpu.regs[Cpu.RCX] = 1;
        assertEquals(-1, run(XGETBV, 0));
        assertEquals(PKRU | 2, cpu.regs[Cpu.RAX]);
        start("haswell");
        cpu.regs[Cpu.RCX] = 1;
        assertEquals(CpuFault.GP, run(XGETBV, 0));
    }
}
