/**
 * From bytes to {@link org.xenolith.cpu.decode.Instruction}s. One opcode table, kept as text in the
 * resources beside this package and written in the letters of the SDM, says what exists; {@link
 * org.xenolith.cpu.decode.Decoder} reads prefixes, ModRM, displacement and immediates as the table
 * asks. Nothing here knows what an instruction does.
 */
package org.xenolith.cpu.decode;
