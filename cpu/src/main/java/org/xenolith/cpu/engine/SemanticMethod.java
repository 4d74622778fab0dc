package org.xenolith.cpu.engine;

import org.xenolith.cpu.isa.Families;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A semantic method of {@code org.xenolith.cpu.isa} and how it wants to be called: the processor,
 * then one parameter for each operand, then named facts about the encoding.
 *
 * @param owner declaring class
 * @param name method name
 * @param parameters types after the processor
 * @param extras names of the trailing parameters that are facts about the encoding
 * @param returnsValue whether it returns the new value of the first operand
 */
record SemanticMethod(
        Class<?> owner,
        String name,
        List<Class<?>> parameters,
        List<String> extras,
        boolean returnsValue) {
    private static final List<String> EXTRA_NAMES =
            List.of(
                    "size",
                    "cc",
                    "rm",
                    "repeat",
                    "rexW",
                    "opcode",
                    "addressSize",
                    "operandSize",
                    "segment",
                    "memorySegment",
                    "length",
                    "baseRegister",
                    "vl",
                    "vex",
                    "vsibIndex",
                    "vsibShift");
    private static final Map<String, SemanticMethod> ALL = collect();

    /**
     * The method with this name.
     *
     * @throws IllegalStateException if the table names a method that does not exist
     */
    static SemanticMethod named(String name) {
        SemanticMethod method = ALL.get(name);
        if (method == null) {
            throw new IllegalStateException("no semantic method " + name);
        }
        return method;
    }

    boolean takes(String extra) {
        return extras.contains(extra);
    }

    /** Parameters that are operands. */
    int operandCount() {
        return parameters.size() - extras.size();
    }

    private static Map<String, SemanticMethod> collect() {
        Map<String, SemanticMethod> all = new HashMap<>();
        for (Class<?> family : Families.ALL) {
            for (Method method : family.getDeclaredMethods()) {
                if (Modifier.isPublic(method.getModifiers()) && !method.isSynthetic()) {
                    SemanticMethod previous = all.put(method.getName(), of(method));
                    if (previous != null) {
                        throw new IllegalStateException("two semantic methods " + method.getName());
                    }
                }
            }
        }
        return all;
    }

    private static SemanticMethod of(Method method) {
        Parameter[] all = method.getParameters();
        List<Parameter> after = List.of(all).subList(1, all.length);
        List<String> extras =
                after.stream()
                        .filter(p -> p.getType() == int.class)
                        .map(Parameter::getName)
                        .filter(EXTRA_NAMES::contains)
                        .toList();
        return new SemanticMethod(
                method.getDeclaringClass(),
                method.getName(),
                after.stream().<Class<?>>map(Parameter::getType).toList(),
                extras,
                method.getReturnType() == long.class);
    }
}
