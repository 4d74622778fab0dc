package org.xenolith.cpu.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenolith.cpu.decode.Decoder;
import org.xenolith.cpu.decode.Instruction;
import org.xenolith.cpu.decode.Opcode;
import org.xenolith.cpu.decode.OpcodeTable;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import java.util.stream.Collectors;

/** A model executes what its CPUID announces, and nothing else. */
class OpcodesOfModelsTest {
    /**
     * What the bytes are as 64-bit code, 32-bit code for a model without 64 bits; "#UD" if none.
     */
    private static String decode(String model, String hex) {
        CpuModel of = CpuModel.parse(model.replace(' ', ','));
        Decoder decoder = new Decoder(of.opcodes());
        byte[] code = Arrays.copyOf(HexFormat.of().parseHex(hex), Decoder.MAX_LENGTH);
        int size = of.has(Feature.LM) ? Decoder.CODE_64 : Decoder.CODE_32;
        assertEquals(Decoder.Result.OK, decoder.decode(code, code.length, size));
        Instruction in = decoder.instruction;
        if (in.opcode == null) {
            assertTrue(in.reserved, "would be reported as not implemented");
            return "#UD";
        }
        return in.opcode.mnemonic();
    }

    @ParameterizedTest
    @CsvSource({
        // vectors
        "haswell,       c5fdfec0,   VPADDD",
        "haswell -avx2, c5fdfec0,   #UD",
        "haswell -avx2, c5f9fec0,   VPADDD",
        "haswell -avx2, c5fc58c0,   VADDPS",
        "haswell -avx2, c4e27d18c0, #UD",
        "haswell -avx2, c4e27d1800, VBROADCASTSS",
        "haswell -avx,  c5f9fec0,   #UD",
        "haswell -fma,  c4e27198c0, #UD",
        "haswell -f16c, c4e27913c0, #UD",
        "haswell,       c4e279dcc0, VAESENC",
        "haswell,       c4e27ddcc0, #UD",
        "max,           c4e27ddcc0, VAESENC",
        "haswell,       c4e37944c000, VPCLMULQDQ",
        "haswell,       c4e37d44c000, #UD",
        "max,           c4e37d44c000, VPCLMULQDQ",
        "haswell -aes,  660f38dcc0, #UD",
        "core2duo,      660f3810c0, #UD",
        "core2duo,      660f3800c0, PSHUFB",
        "pentium4,      0f3800c0,   #UD",
        "pentium4,      660f7cc0,   #UD",
        "pentium4,      660ffec0,   PADDD",
        "pentium3,      660ffec0,   #UD",
        "pentium3,      0ffec0,     PADDD",
        "pentium3,      0fd4c0,     #UD",
        "pentium3,      0f58c0,     ADDPS",
        "pentium3,      0fe0c0,     PAVGB",
        "486,           0ffec0,     #UD",
        "486,           0f58c0,     #UD",
        "pentium3,      dbc0,       FCMOVNB",
        "486,           dbc0,       #UD",
        "486,           dbf0,       #UD",
        "486,           d8c0,       FADD",
        "486 -fpu,      d8c0,       #UD",
        "pentium4,      df08,       #UD",
        "core2duo,      df08,       FISTTP",
        // older meanings
        "max,           f30fbcc0,   TZCNT",
        "max -bmi1,     f30fbcc0,   BSF",
        "max,           f30fbdc0,   LZCNT",
        "max -lzcnt,    f30fbdc0,   BSR",
        "max -wbnoinvd, f30f09,     WBINVD",
        "haswell,       f30f1efa,   NOP",
        "pentium3,      f30f1efa,   NOP",
        "486,           f30f1efa,   #UD",
        "486,           f390,       PAUSE",
        "486,           f3a4,       MOVS",
        "pentium4,      f2f00108,   ADD",
        "haswell,       0f0d08,     PREFETCHW",
        "pentium3,      0f1800,     PREFETCH",
        "pentium3,      0f1f00,     NOP",
        // integers and system
        "max,           0f38f903,   MOVDIRI",
        "skylake-client, 0f38f903,  #UD",
        "max,           660f38f803, MOVDIR64B",
        "max -movdir64b, 660f38f803, #UD",
        "max,           0f01e8,     SERIALIZE",
        "haswell,       0f01e8,     #UD",
        "haswell,       0f01fc,     #UD",
        "epyc,          0f01fc,     CLZERO",
        "haswell,       0f01f9,     RDTSCP",
        "core2duo,      0f01f9,     #UD",
        "core2duo,      0f01c8,     MONITOR",
        "pentium4,      0f01c8,     #UD",
        "max -clwb,     660fae30,   #UD",
        "core2duo,      f30fb8c0,   #UD",
        "max -movbe,    0f38f000,   #UD",
        "max -movbe,    f20f38f0c0, CRC32",
        "max -cx16,     480fc708,   #UD",
        "max -cx16,     0fc708,     CMPXCHG8B",
        "486,           0fc708,     #UD",
        "486,           0f40c0,     #UD",
        "486,           0f31,       #UD",
        "486,           0f32,       #UD",
        "486,           0f33,       #UD",
        "486,           0fa2,       CPUID",
        "486,           0fc0c0,     XADD",
        "486,           0fc8,       BSWAP",
        "pentium3,      0fae00,     FXSAVE",
        "486,           0fae00,     #UD",
        "pentium3,      0faef8,     SFENCE",
        "pentium3,      0faef0,     #UD",
        "pentium3,      0f05,       #UD",
        "pentium3,      0f34,       SYSENTER",
        "haswell,       0f01ca,     #UD",
        "skylake-client, 0f01ca,    CLAC",
        "haswell,       660fae38,   #UD",
        "skylake-client, 660fae38,  CLFLUSHOPT",
        "haswell,       0fc7f8,     #UD",
        "haswell,       0fc7f0,     RDRAND",
        "max -rdpid,    f30fc7f8,   #UD",
        "max,           f30fc7f8,   RDPID",
        "haswell,       0f01ee,     #UD",
        "haswell,       0fae30,     XSAVEOPT",
        "haswell,       0fc720,     #UD",
        "haswell,       0fc728,     #UD",
        "skylake-client, 0fc728,    XSAVES",
        "max -lahf_lm,  9f,         #UD",
        "pentium4,      9f,         LAHF",
        "max -xsave,    0f01d0,     #UD",
        "haswell -bmi2, c4e2fbf7c0, #UD",
    })
    void decodes(String model, String hex, String mnemonic) {
        assertEquals(mnemonic, decode(model, hex));
    }

    @Test
    void maxAndAmdsOwnAreAllRows() {
        assertEquals(
                OpcodeTable.get().rows().size(),
                CpuModel.parse("max,+clzero").opcodes().rows().size());
    }

    /**
     * All but what came with a later processor is gone from the oldest, and but VMCALL, which a
     * hypervisor answers whatever it tells the guest.
     */
    @Test
    void the486IsOldAsItIsSaidToBe() {
        Set<String> mnemonics =
                CpuModel.parse("486").opcodes().rows().stream()
                        .map(Opcode::mnemonic)
                        .collect(Collectors.toSet());
        assertTrue(mnemonics.containsAll(Set.of("CMPXCHG", "XADD", "INVLPG", "WBINVD", "FSINCOS")));
        assertTrue(
                mnemonics.stream()
                        .filter(m -> m.startsWith("V") && !m.startsWith("VER"))
                        .allMatch(m -> m.equals("VMCALL")),
                mnemonics.toString());
    }
}
