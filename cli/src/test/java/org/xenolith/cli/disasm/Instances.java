package org.xenolith.cli.disasm;

import org.xenolith.cpu.decode.Opcode;
import org.xenolith.cpu.disasm.CodeSize;

import java.util.Arrays;
import java.util.Random;

/** Makes encodings of rows of the opcode table, with random prefixes, operands and immediates. */
final class Instances {
    /** Bytes from one instance to the next: 15 of an instruction at most, then NOPs. */
    static final int SLOT = 32;

    private static final int NOP = 0x90;
    private static final int[] SEGMENTS = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65};
    private static final int FIRST_VEX_MAP = 4;

    private final Random random;
    private final boolean long64;
    private byte[] code;
    private int at;

    /** Of 64-bit code. */
    Instances(long seed) {
        this(seed, CodeSize.BITS_64);
    }

    Instances(long seed, CodeSize size) {
        random = new Random(seed);
        long64 = size == CodeSize.BITS_64;
    }

    /** One instance of a row in a slot of its own. */
    byte[] of(Opcode row) {
        code = new byte[SLOT];
        Arrays.fill(code, (byte) NOP);
        at = 0;
        prefixes(row);
        // Moves to and from control and debug registers take any mod for 3 (SDM vol. 2B, MOV).
        boolean special = row.map() == 1 && (row.opcode() & 0xfc) == 0x20;
        boolean register =
                row.memory() == 0
                        || special
                        || row.rm() >= 0
                        || row.memory() < 0 && random.nextInt(3) == 0;
        int mod = register ? 3 : random.nextInt(3);
        int reg = row.reg() >= 0 ? row.reg() : random.nextInt(8);
        int rm = row.rm() >= 0 ? row.rm() : random.nextInt(8);
        put(row.opcode());
        if (row.modrm()) {
            put(mod << 6 | reg << 3 | rm);
        }
        while (at < 15) {
            put(random.nextInt(256));
        }
        return code;
    }

    private void prefixes(Opcode row) {
        int w = row.rexW() >= 0 ? row.rexW() : random.nextInt(3) == 0 ? 1 : 0;
        int extensions = !long64 || random.nextInt(2) == 0 ? 0 : random.nextInt(8);
        if (random.nextInt(16) == 0) {
            put(0x67);
        }
        if (random.nextInt(16) == 0) {
            put(long64 ? 0x64 + random.nextInt(2) : SEGMENTS[random.nextInt(SEGMENTS.length)]);
        }
        if (row.map() >= FIRST_VEX_MAP) {
            vex(row, w, extensions);
            return;
        }
        if (row.lock() && random.nextInt(4) == 0) {
            put(0xf0);
        }
        if (row.prefix() > 0) {
            put(row.prefix());
        } else if (row.prefix() == Opcode.ANY && !row.force64() && random.nextInt(6) == 0) {
            put(0x66);
        }
        if (long64 && (w == 1 || extensions != 0 || random.nextInt(4) == 0)) {
            put(0x40 | w << 3 | extensions);
        }
        if (row.map() > 0) {
            put(0x0f);
        }
        if (row.map() > 1) {
            put(row.map() == 2 ? 0x38 : 0x3a);
        }
    }

    private void vex(Opcode row, int w, int extensions) {
        int length =
                row.vectorLength() == 0 || row.vectorLength() == 1
                        ? row.vectorLength()
                        : random.nextInt(2);
        int prefix =
                switch (row.prefix()) {
                    case 0x66 -> 1;
                    case 0xf3 -> 2;
                    case 0xf2 -> 3;
                    default -> 0;
                };
        boolean usesVvvv = row.operands().stream().anyMatch(o -> o.kind().name().contains("VVVV"));
        int vvvv = usesVvvv ? random.nextInt(16) | (long64 ? 0 : 8) : 15;
        put(0xc4);
        put(~extensions << 5 & 0xe0 | row.map() - FIRST_VEX_MAP);
        put(w << 7 | vvvv << 3 | length << 2 | prefix);
    }

    private void put(int value) {
        code[at++] = (byte) value;
    }
}
