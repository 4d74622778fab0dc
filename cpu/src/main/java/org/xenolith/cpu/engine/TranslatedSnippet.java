package org.xenolith.cpu.engine;

import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.PageWalker;
import org.xenolith.cpu.state.Supervisor;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;

/** Shows what the translator makes of a few instructions, without running them. */
public final class TranslatedSnippet {
    /** The most bytes of a snippet. */
    public static final int LIMIT = PhysicalMemory.PAGE_SIZE;

    private static final int PAGE = PhysicalMemory.PAGE_SIZE;

    /** Linear address behind the snippet; nothing is mapped there. */
    private static final long END = 0x402000;

    private static final int INSTRUCTIONS = 150;

    private final PhysicalMemory ram = new PhysicalMemory(8L * PAGE);
    private final Cpu cpu = new Cpu(ram, new Nobody());
    private final CodeCache cache = new CodeCache(ram);
    private final long start;

    private TranslatedSnippet(byte[] code) {
        start = END - code.length;
        long directory = PageWalker.PRESENT | PageWalker.WRITE | PageWalker.USER;
        ram.put64(0, PAGE | directory);
        ram.put64(PAGE, 2 * PAGE | directory);
        ram.put64(2 * PAGE + 8 * (END >> 21), 3 * PAGE | directory);
        long page = END - PAGE;
        ram.put64(3 * PAGE + 8 * (page >> 12 & 511), 4 * PAGE | directory);
        ram.write(5L * PAGE - code.length, code, 0, code.length);
        cpu.cpl = 3;
        cpu.setRoot(0, 0);
        cache.attach(cpu);
    }

    /**
     * The guest instructions that can be reached from the first one, each with the bytecode that it
     * becomes.
     *
     * @param code 64-bit code, 1 to {@link #LIMIT} bytes
     * @param tier as what it is translated
     * @throws IllegalArgumentException if there is none, or nothing of it can be translated
     */
    public static String listing(byte[] code, Tier tier) {
        if (code.length == 0 || code.length > LIMIT) {
            throw new IllegalArgumentException("give 1 to " + LIMIT + " bytes of code");
        }
        return new TranslatedSnippet(code).listing(tier);
    }

    private String listing(Tier tier) {
        Region region = region(tier);
        byte[] classFile = Translator.classFile(new MethodBodies(), region);
        if (classFile == null) {
            throw new IllegalArgumentException("the first instruction alone is too long");
        }
        return RegionListing.of(classFile, region.text);
    }

    private Region region(Tier tier) {
        Block first = decode(start);
        if (first == null) {
            throw new IllegalArgumentException("the first instruction is cut off");
        }
        Rejection rejection = RegionBuilder.rejection(first);
        if (rejection != null) {
            throw new IllegalArgumentException("cannot be translated: " + rejection);
        }
        Queue<Integer> queue = new ArrayDeque<>();
        Set<Integer> seen = new HashSet<>();
        queue.add(0);
        while (!queue.isEmpty()) {
            int distance = queue.remove();
            Block block = seen.add(distance) ? decode(start + distance) : null;
            if (block != null && RegionBuilder.rejection(block) == null) {
                for (long successor : RegionBuilder.successors(block, distance)) {
                    if (successor >= 0 && successor < END - start) {
                        queue.add((int) successor);
                    }
                }
            }
        }
        cpu.rip = start;
        RegionBuilder builder = new RegionBuilder(cpu, cache);
        Region region =
                switch (tier) {
                    case BASELINE -> builder.baseline(first, INSTRUCTIONS);
                    case OPTIMIZED -> builder.optimized(first, INSTRUCTIONS);
                };
        region.text = new RegionText(region, ram, start);
        return region;
    }

    /** The block at an address; null if its first instruction is cut off. */
    private Block decode(long address) {
        cpu.rip = address;
        try {
            return cache.lookup(cpu);
        } catch (CpuFault fault) {
            return null;
        }
    }

    /** Nothing runs, so nobody is ever called. */
    private static final class Nobody implements Supervisor {
        @Override
        public void exception(Cpu c, int vector, int errorCode) {
            throw new IllegalStateException("exception " + vector);
        }

        @Override
        public void softwareInterrupt(Cpu c, int vector, int length) {
            throw new IllegalStateException("interrupt " + vector);
        }

        @Override
        public void syscall(Cpu c) {
            throw new IllegalStateException("system call");
        }

        @Override
        public void cpuid(Cpu c) {
            throw new IllegalStateException("CPUID");
        }
    }
}
