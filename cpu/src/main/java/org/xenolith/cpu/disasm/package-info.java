/**
 * From machine code to text. {@link org.xenolith.cpu.disasm.Disassembler} is the entrance; it knows
 * two {@linkplain org.xenolith.cpu.disasm.Syntax syntaxes}.
 *
 * <p>The processor's own decoder and its opcode table say what an instruction is. {@code
 * StatementReader} makes a {@code Statement} of it: prefixes, the table's row, and arguments in the
 * manual's order, which {@code NasmWriter} and {@code AttWriter} spell. What the table does not
 * know, because no execution needs it, is in the small tables of {@code Names} and {@code
 * HiddenOperands}: mnemonics that vary with the operand size, aliases by encoding, the operands of
 * x87 instructions.
 */
package org.xenolith.cpu.disasm;
