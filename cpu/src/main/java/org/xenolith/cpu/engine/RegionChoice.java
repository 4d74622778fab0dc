package org.xenolith.cpu.engine;

import org.xenolith.cpu.state.Cpu;

/** Chooses how a block is executed: by itself, by a baseline region, or by an optimized one. */
final class RegionChoice {
    /** Instructions of a region at most; the method that they become must stay below 8000 bytes. */
    private static final int REGION_SIZE = 150;

    private final Cpu cpu;
    private final CodeCache cache;
    private final int warm;
    private final long hot;
    private final boolean reversible;
    private final RegionBuilder builder;

    /** Null if nothing is ever translated. */
    private final Translator translator;

    /**
     * @param translator null if nothing is ever translated
     */
    RegionChoice(Cpu cpu, CodeCache cache, Thresholds thresholds, Translator translator) {
        this.cpu = cpu;
        this.cache = cache;
        this.warm = thresholds.warm();
        this.hot = thresholds.hot();
        this.reversible = cache.config.engine() == Engine.VERIFY;
        this.translator = translator;
        this.builder = new RegionBuilder(cpu, cache);
    }

    /**
     * The region that executes a block that is about to run.
     *
     * @return null if the block is to be executed by itself
     */
    Region of(Block block) {
        Region region = block.region;
        if (region == null) {
            if (++block.heat == warm) {
                translate(block);
            }
            return null;
        }
        if (region.code == null) {
            return null;
        }
        if (!region.isEntry(block) || !region.isValid(cpu.codeVersion)) {
            forget(block);
            return null;
        }
        if (!region.isMapped(cpu)) {
            return null;
        }
        return region.tier == Tier.BASELINE && block.work >= hot ? optimize(block) : region;
    }

    /** Has a first region made for a block that is about to run. */
    private void translate(Block block) {
        if (translator == null) {
            return;
        }
        Rejection rejection = RegionBuilder.rejection(block);
        if (rejection != null) {
            cache.counters.rejected(rejection);
            return;
        }
        Region region =
                hot == 0
                        ? builder.optimized(block, REGION_SIZE)
                        : builder.baseline(block, REGION_SIZE);
        Block[] blocks = region.blocks; // the translator may leave some out
        if (!submit(region)) {
            block.heat = 0; // its turn comes later
            return;
        }
        int entries = region.tier == Tier.BASELINE ? blocks.length : 1;
        for (int i = 0; i < entries; i++) {
            blocks[i].region = region;
            blocks[i].entry = i;
            blocks[i].work = 0;
        }
    }

    /**
     * Has an optimized region made for a block of a baseline region that is about to run.
     *
     * @return the region that executes it this time
     */
    private Region optimize(Block block) {
        Region better = block.better;
        if (better == null) {
            better = builder.optimized(block, REGION_SIZE);
            if (submit(better)) {
                block.better = better;
            } else {
                block.work = 0; // its turn comes later
            }
        } else if (better.code != null) {
            block.better = null;
            if (better.isValid(cpu.codeVersion) && better.isMapped(cpu)) {
                block.region = better;
                block.entry = 0;
            } else {
                block.work = 0;
            }
        }
        return block.region;
    }

    private boolean submit(Region region) {
        region.reversible = reversible;
        if (cache.dump != null) {
            region.text = new RegionText(region, cpu.ram, cpu.rip);
        }
        if (translator.submit(region, cache)) {
            cache.addRegion();
            return true;
        }
        cache.counters.rejected(Rejection.QUEUE);
        return false;
    }

    /** Forgets the region of a block: its code has changed, or it was left out of it. */
    private static void forget(Block block) {
        block.region = null;
        block.better = null;
        block.entry = 0;
        block.heat = 0;
    }
}
