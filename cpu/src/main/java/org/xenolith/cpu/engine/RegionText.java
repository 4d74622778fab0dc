package org.xenolith.cpu.engine;

import org.xenolith.cpu.disasm.CodeSize;
import org.xenolith.cpu.disasm.Disassembled;
import org.xenolith.cpu.disasm.Disassembler;
import org.xenolith.cpu.disasm.Syntax;
import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.cpu.state.Cpu;

import java.util.HexFormat;

/** A region's guest code for people, as it is when this is made. */
final class RegionText {
    private final Region region;
    private final long start;
    private final byte[][] code;
    private final Disassembler disassembler;

    /**
     * @param start linear address of the first block
     */
    RegionText(Region region, PhysicalMemory ram, long start) {
        this.region = region;
        this.start = start;
        boolean long64 = (region.blocks[0].mode & Cpu.MODE_SIZE) == Cpu.MODE_64;
        this.disassembler =
                new Disassembler(Syntax.NASM, long64 ? CodeSize.BITS_64 : CodeSize.BITS_32);
        this.code = new byte[region.blocks.length][];
        for (int i = 0; i < code.length; i++) {
            code[i] = new byte[region.blocks[i].length];
            ram.read(region.blocks[i].maddr, code[i], 0, code[i].length);
        }
    }

    /** All blocks, a line for each instruction. */
    String code() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < region.blocks.length; i++) {
            text.append(heading(i)).append('\n');
            for (int k = 0; k < region.blocks[i].operations.length; k++) {
                text.append("  ").append(instruction(i, k)).append('\n');
            }
        }
        return text.toString();
    }

    /** What a translation begins with. */
    String entry() {
        return switch (region.tier) {
            case BASELINE -> "entry: to the block that is meant";
            case OPTIMIZED -> "entry: registers into local variables";
        };
    }

    /** What a slot of the translation's local variables holds. */
    String variable(int slot) {
        return switch (region.tier) {
            case BASELINE ->
                    slot < BaselineCompiler.FREE
                            ? GuestLocals.name(slot)
                            : "t" + (slot - BaselineCompiler.FREE);
            case OPTIMIZED -> GuestLocals.name(slot);
        };
    }

    /** What there is to say about a block. */
    String heading(int block) {
        return "block %d at %x, machine address %x"
                .formatted(block, start + region.distances[block], region.blocks[block].maddr);
    }

    /** Address, bytes and text of an instruction. */
    String instruction(int block, int number) {
        Operation operation = region.blocks[block].operations[number];
        int offset = operation.offset;
        long address = start + region.distances[block] + offset;
        Disassembled line =
                disassembler.disassemble(code[block], offset, operation.length, address);
        String bytes = HexFormat.of().formatHex(code[block], offset, offset + operation.length);
        return "%x  %-20s  %s".formatted(address, bytes, line.text());
    }
}
