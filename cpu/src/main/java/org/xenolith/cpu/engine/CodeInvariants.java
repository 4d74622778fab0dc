package org.xenolith.cpu.engine;

import org.xenolith.cpu.state.Cpu;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * What must hold of a machine's decoded and translated code whenever none of its processors
 * executes. For tests: looking at everything takes milliseconds.
 */
final class CodeInvariants {
    private final CodeCache cache;

    private CodeInvariants(CodeCache cache) {
        this.cache = cache;
    }

    /**
     * Looks at everything.
     *
     * @param interpreters those of the machine
     * @throws IllegalStateException that says what does not hold
     */
    static void check(CodeCache cache, Interpreter... interpreters) {
        CodeInvariants invariants = new CodeInvariants(cache);
        for (int frame = 0; frame < cache.pages.length; frame++) {
            if (cache.pages[frame] != null) {
                invariants.page(frame, cache.pages[frame]);
            }
        }
        cache.processors.forEach(invariants::processor);
        for (Interpreter interpreter : interpreters) {
            interpreter.checkBlocks();
        }
    }

    static void hold(boolean condition, String text, Object... values) {
        if (!condition) {
            throw new IllegalStateException(text.formatted(values));
        }
    }

    private void page(int frame, CodePage page) {
        int blocks = 0;
        for (Block block : page.blocks()) {
            hold(block.maddr >>> 12 == frame, "block %x in page %x", block.maddr, frame);
            blocks++;
            if (block.valid) {
                hold(
                        page.find(block.maddr, block.mode) == block,
                        "block %x is not found, or twice",
                        block.maddr);
                block(page, block);
            } else { // a change in its other page leaves it here
                hold(block.secondPage >= 0, "invalid block %x is kept", block.maddr);
            }
        }
        for (Block block : page.entering()) {
            boolean here = block.secondPage >>> 12 == frame && block.secondPage >= 0;
            hold(here, "block %x does not enter page %x", block.maddr, frame);
            hold(!block.valid || page.marks(block.secondPage, 1), "page %x is not marked", frame);
            blocks++;
        }
        hold(blocks > 0, "page %x without blocks", frame);
    }

    private void block(CodePage page, Block block) {
        boolean crosses = block.secondPage >= 0;
        int here = crosses ? 4096 - (int) (block.maddr & 4095) : block.length;
        hold(page.marks(block.maddr, here), "block %x is not marked", block.maddr);
        if (crosses) {
            CodePage second = cache.pages[(int) (block.secondPage >>> 12)];
            hold(
                    second != null && second.entering().contains(block),
                    "the page that block %x enters does not know it",
                    block.maddr);
        }
        Operation[] again = cache.decodeAgain(block);
        hold(
                Arrays.equals(again, block.operations, Operation::compare),
                "block %x differs from what is in memory",
                block.maddr);
        if (block.region != null && block.region.code != null) {
            region(block);
        }
    }

    /** A region whose code has changed may stay until it is about to be entered. */
    private void region(Block first) {
        Region region = first.region;
        if (!region.isEntry(first)) {
            return; // left out of the region, which it will notice when it runs
        }
        hold(
                region.blocks[first.entry] == first,
                "the region of block %x is entered elsewhere",
                first.maddr);
        hold(region.distances[0] == 0, "the region of block %x is displaced", first.maddr);
        hold(
                first.entry == 0 || region.tier == Tier.BASELINE,
                "block %x is in the middle of its region",
                first.maddr);
        Set<Integer> distances = new HashSet<>();
        boolean valid = true;
        for (int i = 0; i < region.blocks.length; i++) {
            Block block = region.blocks[i];
            valid &= block.valid;
            hold(distances.add(region.distances[i]), "a block of %x is twice", first.maddr);
            hold(block.mode == first.mode, "a block of %x has another mode", first.maddr);
        }
        Cpu cpu = cache.processors.getFirst();
        hold(
                region.isValid(cpu.codeVersion) == valid,
                "the region of block %x is used in spite of changes",
                first.maddr);
    }

    private void processor(Cpu cpu) {
        hold(cpu.codeVersion == cache.version(), "processor %d missed a change", cpu.number);
        for (long frame : cpu.writableFrames()) {
            hold(
                    !cache.holdsCode(frame),
                    "processor %d stores into the code at %x unseen",
                    cpu.number,
                    frame);
        }
    }
}
