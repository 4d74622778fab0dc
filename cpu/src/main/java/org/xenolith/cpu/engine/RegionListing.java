package org.xenolith.cpu.engine;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.ExceptionCatch;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LineNumber;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.LookupSwitchInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.classfile.instruction.TableSwitchInstruction;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The bytecode of a region below the guest instructions that it was made from. Needs a class whose
 * line numbers are positions in the region, counted from 1.
 */
final class RegionListing {
    private final RegionText guest;
    private final StringBuilder out = new StringBuilder();
    private CodeAttribute code;
    private final Map<Integer, String> labels = new HashMap<>();

    private RegionListing(RegionText guest) {
        this.guest = guest;
    }

    /** The listing of the class of a region that has a text. */
    static String of(byte[] classFile, RegionText guest) {
        RegionListing listing = new RegionListing(guest);
        for (MethodModel method : ClassFile.of().parse(classFile).methods()) {
            if (method.methodName().equalsString("run")) {
                listing.list((CodeAttribute) method.code().orElseThrow());
            }
        }
        return listing.out.toString();
    }

    private void list(CodeAttribute attribute) {
        code = attribute;
        nameLabels();
        out.append(guest.entry()).append('\n');
        int offset = 0;
        for (CodeElement element : code) {
            switch (element) {
                case LineNumber line -> guest(line.line() - 1);
                case LabelTarget target -> {
                    String name = labels.get(code.labelToBci(target.label()));
                    if (name != null) {
                        out.append("      ").append(name).append(":\n");
                    }
                }
                case Instruction i -> {
                    out.append("%10d  %s\n".formatted(offset, text(i)));
                    offset += i.sizeInBytes();
                }
                default -> {
                    // exception table: see nameLabels
                }
            }
        }
    }

    /** A block, a guest instruction, or the end of the method begins. */
    private void guest(int position) {
        if (position == RegionCompiler.EPILOGUE) {
            out.append("exits: local variables into registers\n");
            return;
        }
        int block = position >> 8;
        if ((position & 255) == RegionCompiler.BLOCK) {
            out.append(guest.heading(block)).append('\n');
        } else {
            out.append("  ").append(guest.instruction(block, position & 255)).append('\n');
        }
    }

    private void nameLabels() {
        Set<Integer> targets = new TreeSet<>();
        Set<Integer> handlers = new TreeSet<>();
        for (CodeElement element : code) {
            switch (element) {
                case BranchInstruction i -> targets.add(code.labelToBci(i.target()));
                case LookupSwitchInstruction i -> addCases(targets, i.defaultTarget(), i.cases());
                case TableSwitchInstruction i -> addCases(targets, i.defaultTarget(), i.cases());
                case ExceptionCatch c -> handlers.add(code.labelToBci(c.handler()));
                default -> {
                    // no target
                }
            }
        }
        int number = 0;
        for (int target : targets) {
            labels.put(target, "L" + number++);
        }
        handlers.forEach(handler -> labels.put(handler, "exceptions"));
    }

    private void addCases(Set<Integer> targets, Label other, List<SwitchCase> cases) {
        targets.add(code.labelToBci(other));
        cases.forEach(c -> targets.add(code.labelToBci(c.target())));
    }

    private String text(Instruction instruction) {
        String name = instruction.opcode().name().toLowerCase(Locale.ROOT);
        return switch (instruction) {
            case LoadInstruction i -> variable(name, i.slot());
            case StoreInstruction i -> variable(name, i.slot());
            case IncrementInstruction i -> variable(name, i.slot()) + " " + i.constant();
            case ConstantInstruction i ->
                    i.opcode().sizeIfFixed() == 1
                            ? name
                            : name.replaceAll("_w$|2_w$", "") + " " + constant(i);
            case FieldInstruction i ->
                    name + " " + simple(i.owner().asInternalName()) + "." + i.name().stringValue();
            case InvokeInstruction i ->
                    name + " " + simple(i.owner().asInternalName()) + "." + i.name().stringValue();
            case BranchInstruction i -> name + " " + label(i.target());
            case LookupSwitchInstruction i -> name + cases(i.cases(), i.defaultTarget());
            case TableSwitchInstruction i -> name + cases(i.cases(), i.defaultTarget());
            default -> name;
        };
    }

    /** As {@code lload rax}: what the variable stands for instead of its number. */
    private String variable(String opcode, int slot) {
        return opcode.replaceAll("_(w|[0-3])$", "") + " " + guest.variable(slot);
    }

    private static String constant(ConstantInstruction i) {
        return switch (i.constantValue()) {
            case Long value when value > 9 || value < -9 -> "0x%x".formatted(value);
            case Integer value when value > 9 || value < -9 -> "0x%x".formatted(value);
            case Number value -> value.toString();
            default -> "constant";
        };
    }

    private String cases(List<SwitchCase> cases, Label other) {
        StringBuilder s = new StringBuilder();
        cases.forEach(c -> s.append(" %d: %s".formatted(c.caseValue(), label(c.target()))));
        return s.append(" default: ").append(label(other)).toString();
    }

    private String label(Label label) {
        return labels.get(code.labelToBci(label));
    }

    private static String simple(String internalName) {
        return internalName.substring(internalName.lastIndexOf('/') + 1);
    }
}
