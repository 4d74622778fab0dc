package org.xenolith.cpu.engine;

import org.xenolith.cpu.disasm.Disassembled;
import org.xenolith.cpu.disasm.Disassembler;
import org.xenolith.cpu.disasm.Syntax;
import org.xenolith.cpu.memory.PhysicalMemory;

import java.util.HexFormat;

/** A region's guest code for people. */
final class RegionText {
    private final Region region;
    private final PhysicalMemory ram;
    private final long start;
    private final Disassembler disassembler = new Disassembler(Syntax.NASM);

    /**
     * @param start linear address of the first block
     */
    RegionText(Region region, PhysicalMemory ram, long start) {
        this.region = region;
        this.ram = ram;
        this.start = start;
    }

    /** All blocks, a line for each instruction. */
    String code() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < region.blocks.length; i++) {
            text.append(heading(i)).append(System.lineSeparator());
            for (int k = 0; k < region.blocks[i].operations.length; k++) {
                text.append("  ").append(instruction(i, k)).append(System.lineSeparator());
            }
        }
        return text.toString();
    }

    /** What there is to say about a block. */
    String heading(int block) {
        return "block %d at %x, machine address %x"
                .formatted(block, start + region.distances[block], region.blocks[block].maddr);
    }

    /** Address, bytes and text of an instruction. */
    String instruction(int block, int number) {
        Block b = region.blocks[block];
        Operation operation = b.operations[number];
        byte[] code = new byte[operation.length];
        ram.read(b.maddr + operation.offset, code, 0, code.length);
        long address = start + region.distances[block] + operation.offset;
        Disassembled line = disassembler.disassemble(code, 0, code.length, address);
        return "%x  %-22s %s".formatted(address, HexFormat.of().formatHex(code), line.text());
    }
}
