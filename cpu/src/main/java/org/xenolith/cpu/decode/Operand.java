package org.xenolith.cpu.decode;

/**
 * One operand of an {@link Opcode}, as the table writes it.
 *
 * @param kind where the operand is found
 * @param size how many bytes it has
 * @param fixed register number for {@link Kind#FIXED}, value for {@link Kind#CONSTANT}
 * @param aligned memory must be aligned to its size
 */
public record Operand(Kind kind, Size size, int fixed, boolean aligned) {
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
        /** Linear address of the memory operand. */
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
        MMX_RM
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
        /** 2 or 4 by operand size. */
        Z(0),
        /** 4 or 8 by REX.W. */
        Y(0),
        NONE(0);

        private final int bytes;

        Size(int bytes) {
            this.bytes = bytes;
        }

        /**
         * @param operandSize 2, 4 or 8
         * @param rexW whether REX.W is set
         * @return bytes
         */
        public int bytes(int operandSize, boolean rexW) {
            return switch (this) {
                case V -> operandSize;
                case Z -> Math.min(operandSize, 4);
                case Y -> rexW ? 8 : 4;
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
                    case "AL", "rAX" -> 0;
                    case "CL" -> 1;
                    case "DX" -> 2;
                    case "FS" -> 4;
                    case "GS" -> 5;
                    default -> -1;
                };
        if (fixed >= 0) {
            return switch (text) {
                case "rAX" -> new Operand(Kind.FIXED, Size.V, fixed, false);
                case "DX" -> new Operand(Kind.FIXED, Size.W, fixed, false);
                case "FS", "GS" -> new Operand(Kind.CONSTANT, Size.NONE, fixed, false);
                default -> new Operand(Kind.FIXED, Size.B, fixed, false);
            };
        }
        if (text.equals("1")) {
            return new Operand(Kind.CONSTANT, Size.B, 1, false);
        }
        boolean aligned = text.endsWith("!");
        String size = text.substring(1, text.length() - (aligned ? 1 : 0));
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
                    case 'W', 'U' -> Kind.VECTOR_RM;
                    case 'P' -> Kind.MMX;
                    case 'Q', 'N' -> Kind.MMX_RM;
                    default -> throw new IllegalArgumentException("operand " + text);
                };
        if (kind == Kind.ADDRESS || kind == Kind.OFFSET) {
            return new Operand(kind, Size.NONE, 0, false);
        }
        return new Operand(kind, parseSize(size, text), 0, aligned);
    }

    private static Size parseSize(String size, String text) {
        return switch (size) {
            case "b" -> Size.B;
            case "w" -> Size.W;
            case "d" -> Size.D;
            case "q" -> Size.Q;
            case "x", "dq" -> Size.DQ;
            case "v" -> Size.V;
            case "z" -> Size.Z;
            case "y" -> Size.Y;
            default -> throw new IllegalArgumentException("operand size in " + text);
        };
    }

    /** Whether the encoding has a ModRM byte because of this operand. */
    boolean usesModrm() {
        return switch (kind) {
            case OPCODE_REG, FIXED, CONSTANT, IMMEDIATE, RELATIVE, MOFFS -> false;
            case IMPLICIT -> size == Size.Q;
            default -> true;
        };
    }
}
