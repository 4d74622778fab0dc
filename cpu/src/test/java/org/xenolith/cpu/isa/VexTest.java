package org.xenolith.cpu.isa;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenolith.cpu.engine.FlatMachine;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;

import java.util.HexFormat;

/** What a comparison of single instructions with a host does not show. */
class VexTest {
    private static final long CODE = 0x200000;
    private static final long DATA = 0x300000;
    private static final long RAM = 8 << 20;

    private final FlatMachine machine = new FlatMachine((int) RAM);
    private final Cpu cpu = machine.cpu;
    private final long[] vec = cpu.fpu.vec;

    @BeforeEach
    void enableAvx() {
        cpu.cr4 |= Cpu.CR4_OSXSAVE;
        cpu.xcr0 = 7;
    }

    private int run(String code) {
        machine.run(CODE, HexFormat.of().parseHex(code + "cccccccccccccccc"), 20);
        return machine.event;
    }

    /** Where the flat machine keeps the entry for a page: the tables lie at the top of RAM. */
    private static long pageEntry(long va) {
        return RAM - 4096 * (4 + (va >> 21)) + 8 * (va >> 12 & 511);
    }

    @ParameterizedTest
    @CsvSource({
        "c5f058c0, 3", // vaddps xmm0, xmm1, xmm0
        "c4e17058c0, 3", // the same with three bytes
        "26c5f058c0, 3", // segment prefixes are harmless
        "4826c5f058c0, 3", // and so is a REX that another prefix follows
        "f0c5f058c0, 6",
        "66c5f058c0, 6",
        "f2c5f058c0, 6",
        "f3c5f058c0, 6",
        "40c5f058c0, 6",
        "c4e07058c0, 6", // map 0
        "c4e47058c0, 6", // map 4
        "c5f851c0, 3", // vsqrtps xmm0, xmm0
        "c5f051c0, 6", // with vvvv
        "c5fc77, 3", // vzeroall
        "c5f877, 3", // vzeroupper
        "c5f477, 6",
        "c5fd6ec0, 6", // vmovd with L
        "c4e27d18c0, 3", // vbroadcastss ymm0, xmm0
        "c4e2fd18c0, 6", // with W
        "c4e27919c0, 6", // vbroadcastsd without L
        "c4e27d1ac0, 6", // vbroadcastf128 from a register
        "c4e274f2c0, 6" // andn with L
    })
    void reservedEncodingsAreUndefined(String code, int vector) {
        assertEquals(vector, run(code));
    }

    @Test
    void withoutAvxStateItIsUndefined() {
        cpu.xcr0 = 3;
        assertEquals(CpuFault.UD, run("c5f058c0"));
        assertEquals(CpuFault.BP, run("c4e270f2c0")); // andn needs none
    }

    /** A page fault in the middle of a gather keeps what was loaded, and the rest can follow. */
    @Test
    void gatherResumes() {
        long entry = pageEntry(DATA + 4096);
        long present = machine.ram.get64(entry);
        machine.ram.put64(entry, 0);
        machine.ram.put32(DATA, 11);
        machine.ram.put32(DATA + 4096, 22);
        cpu.regs[Cpu.RBX] = DATA;
        vec[4] = 1024L << 32; // indexes 0, 1024, 0, 0
        vec[8] = -1; // mask
        vec[9] = 0x7fffffffL;
        vec[0] = 5;
        assertEquals(CpuFault.PF, run("c4e26990048b")); // vpgatherdd xmm0, [rbx + xmm1*4], xmm2
        assertEquals(DATA + 4096, cpu.cr2);
        assertEquals(11, vec[0]);
        assertEquals(0xffffffff00000000L, vec[8]);
        machine.ram.put64(entry, present);
        machine.interpreter.run(20);
        assertEquals(CpuFault.BP, machine.event);
        assertEquals(22L << 32 | 11, vec[0]);
        assertEquals(0, vec[8] | vec[9]);
    }

    @ParameterizedTest
    @CsvSource({"c4e27990048b", "c4e27190048b", "c4e269900483"})
    void gatherRegistersMustDiffer(String code) {
        assertEquals(CpuFault.UD, run(code));
    }

    /** Masked-out elements are not touched, so their pages do not matter. */
    @Test
    void maskedMovesIgnorePagesTheyDoNotTouch() {
        machine.ram.put64(pageEntry(DATA + 4096), 0);
        cpu.regs[Cpu.RBX] = DATA + 4096 - 8;
        vec[4] = -1;
        vec[5] = 0;
        machine.ram.put64(DATA + 4096 - 8, 0x1234);
        assertEquals(CpuFault.BP, run("c4e2712d03")); // vmaskmovpd xmm0, xmm1, [rbx]
        assertEquals(0x1234, vec[0]);
        vec[0] = 0x5678;
        assertEquals(CpuFault.BP, run("c4e2712f03")); // vmaskmovpd [rbx], xmm1, xmm0
        assertEquals(0x5678, machine.ram.get64(DATA + 4096 - 8));
        vec[5] = -1;
        assertEquals(CpuFault.PF, run("c4e2712f03"));
    }

    @Test
    void randomNumbersRepeatWithTheSeed() {
        cpu.random.seed(7);
        assertEquals(CpuFault.BP, run("480fc7f0480fc7fb")); // rdrand rax; rdseed rbx
        long first = cpu.regs[Cpu.RAX];
        long second = cpu.regs[Cpu.RBX];
        assertEquals(false, first == second);
        cpu.random.seed(7);
        run("480fc7f0480fc7fb");
        assertEquals(first, cpu.regs[Cpu.RAX]);
        assertEquals(second, cpu.regs[Cpu.RBX]);
    }

    @Test
    void segmentBasesNeedTheirBitInCr4() {
        cpu.regs[Cpu.RAX] = 0xffffffff12345678L;
        assertEquals(CpuFault.UD, run("f30faed0"));
        cpu.cr4 |= Cpu.CR4_FSGSBASE;
        assertEquals(CpuFault.BP, run("f30faed0f3480faecb")); // wrfsbase eax; rdgsbase rbx
        assertEquals(0x12345678, cpu.segmentBase[Cpu.FS]);
        assertEquals(0, cpu.regs[Cpu.RBX]);
        cpu.regs[Cpu.RAX] = 1L << 47;
        assertEquals(CpuFault.GP, run("f3480faed8")); // wrgsbase rax
    }

    @Test
    void processorNumber() {
        cpu.tscAux = 0x80000005;
        assertEquals(CpuFault.BP, run("f30fc7f8")); // rdpid rax
        assertEquals(0x80000005L, cpu.regs[Cpu.RAX]);
        assertEquals(CpuFault.BP, run("0f01f9")); // rdtscp
        assertEquals(0x80000005L, cpu.regs[Cpu.RCX]);
        cpu.cr4 |= Cpu.CR4_TSD;
        assertEquals(CpuFault.GP, run("0f01f9"));
    }
}
