package org.xenolith.cpu.engine;

import org.xenolith.cpu.engine.Value.IntConstant;
import org.xenolith.cpu.engine.Value.LongConstant;

import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.OperatorInstruction;

/** What the JVM's instructions make of constants (JVMS 6.5). */
final class ConstantFolding {
    private ConstantFolding() {}

    /** Operands of an arithmetic instruction, 1 or 2. */
    static int operands(Opcode opcode) {
        return switch (opcode) {
            case INEG, LNEG, FNEG, DNEG, ARRAYLENGTH -> 1;
            default -> 2;
        };
    }

    static TypeKind result(Opcode opcode) {
        return switch (opcode) {
            case LCMP, FCMPG, FCMPL, DCMPG, DCMPL, ARRAYLENGTH -> TypeKind.INT;
            default -> OperatorInstruction.of(opcode).typeKind().asLoadable();
        };
    }

    /** The result if the operands are constants, else null. */
    static Value fold(Opcode opcode, Value a, Value b) {
        if (a instanceof IntConstant(int x) && b instanceof IntConstant(int y)) {
            return ints(opcode, x, y);
        }
        if (a instanceof LongConstant(long x) && b instanceof LongConstant(long y)) {
            return longs(opcode, x, y);
        }
        if (a instanceof LongConstant(long x) && b instanceof IntConstant(int y)) {
            return switch (opcode) {
                case LSHL -> new LongConstant(x << y);
                case LSHR -> new LongConstant(x >> y);
                case LUSHR -> new LongConstant(x >>> y);
                default -> null;
            };
        }
        return null;
    }

    /** Whether the result is the first operand, whatever that is, because of the second. */
    static boolean keepsFirst(Opcode opcode, Value second) {
        return switch (opcode) {
            case LADD, LSUB, LOR, LXOR -> second.equals(new LongConstant(0));
            case LAND -> second.equals(new LongConstant(-1));
            case IADD, ISUB, IOR, IXOR, LSHL, LSHR, LUSHR -> second.equals(new IntConstant(0));
            case IAND -> second.equals(new IntConstant(-1));
            default -> false;
        };
    }

    private static Value ints(Opcode opcode, int x, int y) {
        return switch (opcode) {
            case IADD -> new IntConstant(x + y);
            case ISUB -> new IntConstant(x - y);
            case IMUL -> new IntConstant(x * y);
            case IAND -> new IntConstant(x & y);
            case IOR -> new IntConstant(x | y);
            case IXOR -> new IntConstant(x ^ y);
            case ISHL -> new IntConstant(x << y);
            case ISHR -> new IntConstant(x >> y);
            case IUSHR -> new IntConstant(x >>> y);
            case INEG -> new IntConstant(-y);
            default -> null;
        };
    }

    private static Value longs(Opcode opcode, long x, long y) {
        return switch (opcode) {
            case LADD -> new LongConstant(x + y);
            case LSUB -> new LongConstant(x - y);
            case LMUL -> new LongConstant(x * y);
            case LAND -> new LongConstant(x & y);
            case LOR -> new LongConstant(x | y);
            case LXOR -> new LongConstant(x ^ y);
            case LNEG -> new LongConstant(-y);
            case LCMP -> new IntConstant(Long.compare(x, y));
            default -> null;
        };
    }

    /** The converted constant, or null. */
    static Value convert(TypeKind from, TypeKind to, Value value) {
        if (from == TypeKind.INT && value instanceof IntConstant(int x)) {
            return switch (to) {
                case LONG -> new LongConstant(x);
                case BYTE -> new IntConstant((byte) x);
                case SHORT -> new IntConstant((short) x);
                case CHAR -> new IntConstant((char) x);
                default -> null;
            };
        }
        if (from == TypeKind.LONG && to == TypeKind.INT && value instanceof LongConstant(long x)) {
            return new IntConstant((int) x);
        }
        return null;
    }

    /** Operands of a conditional branch, 1 or 2. */
    static int branchOperands(Opcode opcode) {
        return switch (opcode) {
            case IFEQ, IFNE, IFLT, IFGE, IFGT, IFLE, IFNULL, IFNONNULL -> 1;
            default -> 2;
        };
    }

    /** Whether a conditional branch is taken, or null if that is not known. */
    static Boolean decide(Opcode opcode, Value a, Value b) {
        if (!(a instanceof IntConstant(int x)) || !(b instanceof IntConstant(int y))) {
            return null;
        }
        return switch (opcode) {
            case IFEQ -> y == 0;
            case IFNE -> y != 0;
            case IFLT -> y < 0;
            case IFGE -> y >= 0;
            case IFGT -> y > 0;
            case IFLE -> y <= 0;
            case IF_ICMPEQ -> x == y;
            case IF_ICMPNE -> x != y;
            case IF_ICMPLT -> x < y;
            case IF_ICMPGE -> x >= y;
            case IF_ICMPGT -> x > y;
            case IF_ICMPLE -> x <= y;
            default -> null;
        };
    }
}
