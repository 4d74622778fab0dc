/**
 * What instructions do: one static method for each operation, in files by instruction family. The
 * opcode table names them; the interpreter's generated operations call them, and so will any other
 * engine.
 *
 * <p>Conventions. Values of general registers and memory come sign-extended to 64 bits and results
 * go back the same way, whatever the operand size; a method returns the new value of its first
 * operand. Trailing parameters with fixed names are facts about the encoding: {@code size} (bytes
 * of the first operand), {@code cc}, {@code rm}, {@code repeat}, {@code rexW}, {@code opcode},
 * {@code addressSize}, {@code segment}, {@code length}, {@code baseRegister}, {@code vl} (bytes of
 * a full vector operand), {@code vex}, {@code vsibIndex}, {@code vsibShift}. Vector and MMX
 * registers come as numbers; one method serves the SSE and both AVX widths of an operation ({@code
 * Vectors}). Every fault is thrown before any state changes.
 */
package org.xenolith.cpu.isa;
