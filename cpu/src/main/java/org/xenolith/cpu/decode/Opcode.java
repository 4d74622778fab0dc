package org.xenolith.cpu.decode;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * One row of the opcode table.
 *
 * @param id position in the table, from 0
 * @param map 0 one-byte, 1 {@code 0F}, 2 {@code 0F 38}, 3 {@code 0F 3A}; 4 more with a VEX prefix
 * @param prefix {@link #ANY}, {@link #NP}, 0x66, 0xF2 or 0xF3
 * @param opcode last opcode byte
 * @param mnemonic as in the manual; a condition code is not part of it
 * @param semantic name of the semantic method
 * @param operands in the manual's order
 * @param reg required ModRM.reg or -1
 * @param rm required ModRM.rm (without REX) or -1
 * @param memory required form of ModRM: 1 memory, 0 register, -1 either
 * @param rexW required REX.W: 0, 1 or -1 for either
 * @param rexB required REX.B: 0, or -1 for either
 * @param modrm has a ModRM byte
 * @param lock LOCK is allowed with a memory destination
 * @param default64 operand size is 64 bits in 64-bit mode unless 66 is present
 * @param force64 operand size is 64 bits in 64-bit mode
 * @param ends ends a block of instructions
 * @param invalid64 not recognised in 64-bit mode
 * @param only64 recognised in 64-bit mode only
 * @param vectorLength required VEX.L: 0, 1, -1 for either, or {@link #LIG}
 * @param keepsVectors has a vector register as first operand and does not write it
 * @param fpu availability check: "" or a method of {@code FpuChecks}
 * @param undefined flags that the architecture leaves undefined
 * @param features CPUID features that all must be there, as Linux names them in /proc/cpuinfo
 * @param wideFeatures the same for 256-bit operands
 */
public record Opcode(
        int id,
        int map,
        int prefix,
        int opcode,
        String mnemonic,
        String semantic,
        List<Operand> operands,
        int reg,
        int rm,
        int memory,
        int rexW,
        int rexB,
        boolean modrm,
        boolean lock,
        boolean default64,
        boolean force64,
        boolean ends,
        boolean invalid64,
        boolean only64,
        int vectorLength,
        boolean keepsVectors,
        String fpu,
        UndefinedFlags undefined,
        List<String> features,
        List<String> wideFeatures) {
    /** Row holds whatever mandatory prefix is present. */
    public static final int ANY = -1;

    /** Row holds only without a mandatory prefix. */
    public static final int NP = 0;

    /** VEX.L is ignored and the operation works on 128 bits or less. */
    public static final int LIG = 2;

    /** Added to {@link #map} for rows with a VEX prefix. */
    static final int VEX_MAP = 4;

    /** All CPUID features that any form of the row needs. */
    public Set<String> allFeatures() {
        Set<String> all = new TreeSet<>(features);
        all.addAll(wideFeatures);
        return all;
    }

    /** Whether the x87 instruction and operand pointers record it: no control instruction. */
    public boolean recorded() {
        return fpu.equals("x87");
    }

    /** The row without its 256-bit form. */
    Opcode narrow() {
        return new Opcode(
                id,
                map,
                prefix,
                opcode,
                mnemonic,
                semantic,
                operands,
                reg,
                rm,
                memory,
                rexW,
                rexB,
                modrm,
                lock,
                default64,
                force64,
                ends,
                invalid64,
                only64,
                0,
                keepsVectors,
                fpu,
                undefined,
                features,
                features);
    }

    /** Whether the row has a VEX prefix. */
    public boolean vex() {
        return map >= VEX_MAP;
    }
}
