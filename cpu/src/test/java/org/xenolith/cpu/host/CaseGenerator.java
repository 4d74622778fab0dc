package org.xenolith.cpu.host;

import org.xenolith.cpu.decode.Decoder;
import org.xenolith.cpu.decode.Instruction;
import org.xenolith.cpu.decode.Opcode;
import org.xenolith.cpu.decode.Operand;
import org.xenolith.cpu.state.Cpu;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Random encodings of a {@link Form}. */
final class CaseGenerator {
    private static final int VEX_MAP = 4;
    private static final int[] SEGMENT_PREFIXES = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65};

    /** Rows with a memory operand whose index is a vector. */
    static final RowSet VSIB = having(Operand.Kind.VSIB);

    private static final RowSet USES_VVVV =
            having(Operand.Kind.VECTOR_VVVV, Operand.Kind.VVVV, Operand.Kind.VVVV_INDEX);
    private static final RowSet HAS_Y =
            RowSet.where(row -> row.operands().stream().anyMatch(o -> o.size() == Operand.Size.Y));
    private static final RowSet EXACT = RowSet.named("LAR|LSL|V?LDMXCSR");
    private static final RowSet STACK = RowSet.named("CALL|POP|PUSH");
    private static final RowSet SHA = RowSet.named("SHA(1|256).*");

    private final CaseRandom random;
    private final Decoder decoder = new Decoder();
    private Form form;
    private ByteArrayOutputStream out;

    CaseGenerator(CaseRandom random) {
        this.random = random;
    }

    /** Rows with an operand of one of some kinds. */
    static RowSet having(Operand.Kind... kinds) {
        List<Operand.Kind> wanted = List.of(kinds);
        return RowSet.where(
                row -> row.operands().stream().anyMatch(o -> wanted.contains(o.kind())));
    }

    /** The last encoding, decoded. */
    Instruction instruction() {
        return decoder.instruction;
    }

    /** A random encoding, which decodes as the form's row. */
    byte[] encode(Form wanted) {
        form = wanted;
        int size = Decoder.CODE_64 - (form.bits() == 64 ? 0 : form.bits() == 32 ? 1 : 2);
        for (int attempt = 0; attempt < 1000; attempt++) {
            out = new ByteArrayOutputStream();
            write(attempt < 500 && random.nextInt(32) == 0);
            byte[] code = out.toByteArray();
            if (code.length > Decoder.MAX_LENGTH) {
                continue;
            }
            byte[] padded = Arrays.copyOf(code, Decoder.MAX_LENGTH);
            Decoder.Result result = decoder.decode(padded, padded.length, size);
            Instruction in = decoder.instruction;
            boolean same = in.opcode == form.row() && in.length == code.length;
            boolean steps = in.index >= 0 && (in.base < 0 || in.base == in.index);
            same &= !steps || !needsExactAddress(form.row());
            same &= in.base != Cpu.RSP || !usesStack(form.row());
            boolean reserved = in.opcode == null && in.reserved;
            if (result == Decoder.Result.OK && (same || reserved)) {
                return code;
            }
        }
        throw new IllegalStateException("no encoding of " + form);
    }

    /**
     * @param odd whether to add prefixes without meaning, or to make it reserved
     */
    private void write(boolean odd) {
        Opcode row = form.row();
        List<Integer> prefixes = new ArrayList<>();
        if (form.operandPrefix()) {
            prefixes.add(0x66);
        }
        if (form.addressPrefix()) {
            prefixes.add(0x67);
        }
        // AMD looks at VERR's memory before LOCK, and has another MOV to CR8 with it
        boolean special = row.mnemonic().startsWith("VER") || isControlMove(row);
        if (form.lock() || odd && !special && random.nextInt(4) == 0) {
            prefixes.add(0xf0);
        }
        if (form.repeat() != 0) {
            prefixes.add(form.repeat());
        }
        boolean mayOverride = form.memory() || !row.modrm();
        mayOverride &= !row.mnemonic().equals("ARPL"); // AMD reads before it checks for writing
        if (mayOverride && random.nextInt(odd ? 1 : 8) == 0) {
            prefixes.add(SEGMENT_PREFIXES[random.nextInt(SEGMENT_PREFIXES.length)]);
        }
        if (!row.vex() && row.prefix() > 0) {
            prefixes.add(row.prefix());
        }
        if (odd && !prefixes.isEmpty()) {
            prefixes.add(prefixes.get(random.nextInt(prefixes.size())));
        }
        Collections.shuffle(prefixes, new Random(random.nextLong()));
        boolean misplacedRex = odd && form.bits() == 64 && !prefixes.isEmpty();
        for (int prefix : prefixes) {
            if (misplacedRex && random.nextInt(4) == 0) {
                out.write(0x40 | random.nextInt(16));
            }
            out.write(prefix);
        }
        int rex = random.nextInt(8) | (form.wide() ? 8 : 0);
        if (row.rexB() == 0) {
            rex &= ~1;
        }
        if (row.vex()) {
            rex = row.rexW() < 0 && !HAS_Y.contains(row) ? rex | random.nextInt(2) << 3 : rex;
            rex = row.rexW() == 1 ? rex | 8 : rex;
            vex(form.bits() == 64 ? rex : rex & 8, odd);
        } else {
            if (form.bits() == 64 && (form.wide() || random.nextInt(3) > 0)) {
                out.write(0x40 | rex);
            }
            if (row.map() > 0) {
                out.write(0x0f);
            }
            if (row.map() > 1) {
                out.write(row.map() == 2 ? 0x38 : 0x3a);
            }
        }
        out.write(row.opcode());
        if (row.modrm()) {
            modrm();
        }
        for (Operand operand : row.operands()) {
            switch (operand.kind()) {
                case IMMEDIATE, RELATIVE -> immediate(operand);
                case VECTOR_IS4 -> out.write(random.nextInt(256));
                case MOFFS -> bytes(form.addressSize());
                default -> {
                    // needs no more bytes
                }
            }
        }
    }

    /**
     * Whether the memory operand must lie where it should: SHA may need alignment, some descriptors
     * hold what depends on the moment, and AMD has a bit more in MXCSR.
     */
    private static boolean needsExactAddress(Opcode row) {
        return needsAlignment(row) || EXACT.contains(row);
    }

    /** Whether it accesses the stack beside its memory operand, in an order of each maker's own. */
    private static boolean usesStack(Opcode row) {
        return STACK.contains(row);
    }

    /** SHA needs aligned memory with Intel, not with AMD: so aligned it is. */
    static boolean needsAlignment(Opcode row) {
        return SHA.contains(row);
    }

    private static boolean isControlMove(Opcode row) {
        return row.map() == 1 && (row.opcode() & 0xfc) == 0x20;
    }

    private void immediate(Operand operand) {
        int n =
                switch (operand.size()) {
                    case B -> 1;
                    case W -> 2;
                    case V -> form.operandSize();
                    default -> Math.min(form.operandSize(), 4);
                };
        if (n == 1 && random.nextInt(2) == 0) {
            out.write(random.nextInt(32));
        } else {
            bytes(n);
        }
    }

    private void bytes(int n) {
        long value =
                switch (random.nextInt(4)) {
                    case 0 -> StateGenerator.EDGES[random.nextInt(StateGenerator.EDGES.length)];
                    case 1 -> random.nextInt(256) - 128;
                    default -> random.nextLong();
                };
        for (int i = 0; i < n; i++) {
            out.write((int) (value >> 8 * i));
        }
    }

    private void vex(int rex, boolean odd) {
        Opcode row = form.row();
        boolean usesVvvv = USES_VVVV.contains(row);
        boolean wrong = odd && random.nextInt(4) == 0;
        int vvvv = usesVvvv || wrong ? random.nextInt(form.bits() == 64 ? 16 : 8) : 0;
        boolean free = row.vectorLength() == Opcode.LIG || wrong;
        int length = free ? random.nextInt(2) : form.vectorLength();
        int prefix =
                switch (row.prefix()) {
                    case 0x66 -> 1;
                    case 0xf3 -> 2;
                    case 0xf2 -> 3;
                    default -> 0;
                };
        int last = (~vvvv & 15) << 3 | length << 2 | prefix;
        if (row.map() == VEX_MAP + 1 && (rex & 11) == 0 && random.nextInt(2) == 0) {
            out.write(0xc5);
            out.write((~rex & 4) << 5 | last);
        } else {
            out.write(0xc4);
            out.write((~rex & 7) << 5 | row.map() - VEX_MAP);
            out.write((rex & 8) << 4 | last);
        }
    }

    private void modrm() {
        Opcode row = form.row();
        int reg = row.reg() >= 0 ? row.reg() : random.nextInt(8);
        int rm = row.rm() >= 0 ? row.rm() : random.nextInt(8);
        if (!form.memory()) {
            out.write(0xc0 | reg << 3 | rm);
            return;
        }
        boolean vsib = VSIB.contains(row);
        int mod = random.nextInt(3);
        if (form.addressSize() == 2) {
            out.write(mod << 6 | reg << 3 | rm);
            bytes(mod == 2 || mod == 0 && rm == 6 ? 2 : mod);
            return;
        }
        if (vsib) {
            rm = 4;
        }
        out.write(mod << 6 | reg << 3 | rm);
        boolean absolute = rm == 5 && mod == 0;
        if (rm == 4) {
            int sib = random.nextInt(256);
            out.write(sib);
            absolute = (sib & 7) == 5 && mod == 0;
        }
        bytes(absolute || mod == 2 ? 4 : mod);
    }

    /** Whether the processor ignores an override of ES, CS, SS or DS: it does in 64-bit code. */
    static int effectiveSegment(Instruction in, int bits) {
        return bits < 64 || in.segment >= Cpu.FS ? in.memorySegment : -1;
    }
}
