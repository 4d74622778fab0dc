package org.xenolith.cpu.disasm;

/**
 * One instruction as text.
 *
 * @param address of its first byte
 * @param length in bytes, 1 to 15
 * @param text without address and bytes; {@link Disassembler#BAD} if it is no instruction
 */
public record Disassembled(long address, int length, String text) {}
