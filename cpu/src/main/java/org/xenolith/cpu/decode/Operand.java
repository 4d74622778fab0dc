package org.xenolith.cpu.decode;

/**
 * One operand of an {@link Opcode}, as the table writes it.
 *
 * @param kind where the operand is found
 * @param size how many bytes it has
 * @param fixed register number for {@link Kind#FIXED}, value for {@link Kind#CONSTANT}
 * @param aligned memory must be aligned to its size
 * @param written memory by {@link Kind#ADDRESS} is written to
 */
public record Operand(Kind kind, Size size, int fixed, boolean aligned, boolean written) {
    /** Where an operand is found. */
    public enum Kind {
        /** General register or memory by ModRM.rm. */
        RM,
        /** General register by ModRM.reg. */
        REG,
        /** Register operand (ModRM.reg), passed as index for {@code writeReg}. */
        REG_INDEX,
        /** Register operand (ModRM.rm), passed as index for {@code writeReg}. */
        RM_INDEX,
        /** General register in the opcode's low three bits. */
        OPCODE_REG,
        /** A register named by the opcode. */
        FIXED,
        /** A value named by the opcode. */
        CONSTANT,
        IMMEDIATE,
        /** Branch target relative to the next instruction. */
        RELATIVE,
        /** Linear address of the memory operand, {@code size} bytes of which are checked. */
        ADDRESS,
        /** Effective address without segment base. */
        OFFSET,
        /** Memory at an absolute offset (moffs). */
        MOFFS,
        /** Segment register by ModRM.reg, passed as number. */
        SEGMENT,
        /** Present in the encoding, but the semantic method finds it by itself. */
        IMPLICIT,
        /** Vector register by ModRM.reg, passed as number. */
        VECTOR,
        /** Vector register or memory by ModRM.rm, passed as number. */
        VECTOR_RM,
        /** MMX register by ModRM.reg, passed as number. */
        MMX,
        /** MMX register or memory by ModRM.rm, passed as value. */
        MMX_RM,
        /** Vector register by VEX.vvvv, passed as number. */
        VECTOR_VVVV,
        /** Vector register by the top four bits of an immediate byte, passed as number. */
        VECTOR_IS4,
        /** A vector register named by the opcode, passed as number. */
        VECTOR_FIXED,
        /** General register by VEX.vvvv. */
        VVVV,
        /** Register operand (VEX.vvvv), passed as index for {@code writeReg}. */
        VVVV_INDEX,
        /** Addresses with a vector of indexes (VSIB): base and displacement, no segment base. */
        VSIB
    }

    /** Operand sizes of the manual. */
    public enum Size {
        B(1),
        W(2),
        D(4),
        Q(8),
        DQ(16),
        /** 2, 4 or 8 by operand size. */
        V(0),
        /** x87's extended precision and packed decimals. */
        T(10),
        /** A line of a cache. */
        LINE(64),
        /** FXSAVE's area. */
        FX(512),
        /** XSAVE's area without what its header may add. */
        XS(576),
        /** x87's environment: 14 bytes, or 28 by operand size. */
        ENVIRONMENT(0),
        /** x87's whole state: 94 bytes, or 108 by operand size. */
        STATE(0),
        /** Limit and base of a descriptor table. */
        S(0),
        /** 2 or 4 by operand size. */
        Z(0),
        /** 4 or 8 by REX.W or VEX.W. */
        Y(0),
        /** 16 or 32 by VEX.L. */
        X(0),
        /** Half of {@link #X}. */
        HALF(0),
        /** A quarter of {@link #X}. */
        FOURTH(0),
        /** An eighth of {@link #X}. */
        EIGHTH(0),
        NONE(0);

        private final int bytes;

        Size(int bytes) {
            this.bytes = bytes;
        }

        /** Bytes of an operand of this size in {@code in}. */
        public int bytes(Instruction in) {
            return switch (this) {
                case V -> in.operandSize;
                case ENVIRONMENT -> in.operandSize == 2 ? 14 : 28;
                case STATE -> in.operandSize == 2 ? 94 : 108;
                case S -> in.long64 ? 10 : 6;
                case Z -> Math.min(in.operandSize, 4);
                case Y -> in.rexW && in.long64 ? 8 : 4;
                case X -> in.vectorLength;
                case HALF -> in.vectorLength / 2;
                case FOURTH -> in.vectorLength / 4;
                case EIGHTH -> in.vectorLength / 8;
                default -> bytes;
            };
        }
    }

    /**
     * Parses the table's notation.
     *
     * @throws IllegalArgumentException if it is none
     */
    static Operand parse(String text) {
        int fixed =
                switch (text) {
                    case "ES", "AL", "rAX", "XMM0" -> 0;
                    case "CS", "CL" -> 1;
                    case "SS", "DX" -> 2;
                    case "DS" -> 3;
                    case "FS" -> 4;
                    case "GS" -> 5;
                    default -> -1;
                };
        if (fixed >= 0) {
            return switch (text) {
                case "rAX" -> new Operand(Kind.FIXED, Size.V, fixed, false, false);
                case "DX" -> new Operand(Kind.FIXED, Size.W, fixed, false, false);
                case "XMM0" -> new Operand(Kind.VECTOR_FIXED, Size.DQ, fixed, false, false);
                case "ES", "CS", "SS", "DS", "FS", "GS" ->
                        new Operand(Kind.CONSTANT, Size.NONE, fixed, false, false);
                default -> new Operand(Kind.FIXED, Size.B, fixed, false, false);
            };
        }
        if (text.equals("1")) {
            return new Operand(Kind.CONSTANT, Size.B, 1, false, false);
        }
        boolean aligned = text.endsWith("!");
        boolean written = text.endsWith("^");
        String size = text.substring(1, text.length() - (aligned || written ? 1 : 0));
        Kind kind =
                switch (text.charAt(0)) {
                    case 'E' -> Kind.RM;
                    case 'G' -> Kind.REG;
                    case 'g' -> Kind.REG_INDEX;
                    case 'e' -> Kind.RM_INDEX;
                    case 'Z' -> Kind.OPCODE_REG;
                    case 'I' -> Kind.IMMEDIATE;
                    case 'J' -> Kind.RELATIVE;
                    case 'M' -> Kind.ADDRESS;
                    case 'm' -> Kind.OFFSET;
                    case 'O' -> Kind.MOFFS;
                    case 'S' -> Kind.SEGMENT;
                    case 'C', 'X' -> Kind.IMPLICIT;
                    case 'V' -> Kind.VECTOR;
                    case 'H' -> Kind.VECTOR_VVVV;
                    case 'L' -> Kind.VECTOR_IS4;
                    case 'B' -> Kind.VVVV;
                    case 'b' -> Kind.VVVV_INDEX;
                    case 'K' -> Kind.VSIB;
                    case 'W', 'U' -> Kind.VECTOR_RM;
                    case 'P' -> Kind.MMX;
                    case 'Q', 'N' -> Kind.MMX_RM;
                    default -> throw new IllegalArgumentException("operand " + text);
                };
        if (kind == Kind.OFFSET || kind == Kind.VSIB || kind == Kind.ADDRESS && size.isEmpty()) {
            return new Operand(kind, Size.NONE, 0, false, written);
        }
        return new Operand(kind, parseSize(size, text), 0, aligned, written);
    }

    private static Size parseSize(String size, String text) {
        return switch (size) {
            case "b" -> Size.B;
            case "w" -> Size.W;
            case "d" -> Size.D;
            case "q" -> Size.Q;
            case "dq" -> Size.DQ;
            case "x" -> Size.X;
            case "h" -> Size.HALF;
            case "f" -> Size.FOURTH;
            case "e" -> Size.EIGHTH;
            case "v" -> Size.V;
            case "z" -> Size.Z;
            case "y" -> Size.Y;
            case "t" -> Size.T;
            case "s" -> Size.S;
            case "64" -> Size.LINE;
            case "28" -> Size.ENVIRONMENT;
            case "108" -> Size.STATE;
            case "512" -> Size.FX;
            case "576" -> Size.XS;
            default -> throw new IllegalArgumentException("operand size in " + text);
        };
    }

    /** Whether VEX.vvvv names this operand. */
    boolean usesVvvv() {
        return kind == Kind.VECTOR_VVVV || kind == Kind.VVVV || kind == Kind.VVVV_INDEX;
    }

    /** Whether the encoding has a ModRM byte because of this operand. */
    boolean usesModrm() {
        return switch (kind) {
            case OPCODE_REG, FIXED, CONSTANT, IMMEDIATE, RELATIVE, MOFFS -> false;
            case VECTOR_VVVV, VECTOR_IS4, VECTOR_FIXED, VVVV, VVVV_INDEX -> false;
            case IMPLICIT -> size == Size.Q;
            default -> true;
        };
    }
}
