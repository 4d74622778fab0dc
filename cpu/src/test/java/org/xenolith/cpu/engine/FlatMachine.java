package org.xenolith.cpu.engine;

import org.xenolith.cpu.decode.OpcodeTable;
import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.PageWalker;
import org.xenolith.cpu.state.Supervisor;

import java.util.function.BiFunction;

/**
 * A processor at CPL 3 with all RAM mapped one to one, for tests: the page tables lie at the top.
 * The supervisor notes the last event and stops.
 */
public final class FlatMachine implements Supervisor {
    public final PhysicalMemory ram;
    public final Cpu cpu;
    public final CodeCache cache;
    public final Interpreter interpreter;

    /** Vector of the last exception or software interrupt, 256 for SYSCALL, -1 for none. */
    public int event = -1;

    public int errorCode;

    /**
     * @param bytes size of RAM, a multiple of 2 MiB
     */
    public FlatMachine(int bytes) {
        this(bytes, Thresholds.NEVER);
    }

    FlatMachine(int bytes, Thresholds thresholds) {
        this(bytes, thresholds, Integer.MAX_VALUE);
    }

    /** A machine that keeps so many regions. */
    FlatMachine(int bytes, Thresholds thresholds, int mostRegions) {
        this(bytes, thresholds, mostRegions, EngineConfig.DEFAULT);
    }

    /** A machine that executes its code in a certain way. */
    FlatMachine(int bytes, Thresholds thresholds, int mostRegions, EngineConfig config) {
        this(
                bytes,
                config,
                mostRegions,
                (cpu, cache) -> new Interpreter(cpu, cache, thresholds, Translator.immediate()));
    }

    /** A machine with an engine as users get it. */
    FlatMachine(int bytes, EngineConfig config) {
        this(bytes, config, Integer.MAX_VALUE, Interpreter::new);
    }

    private FlatMachine(
            int bytes,
            EngineConfig config,
            int mostRegions,
            BiFunction<Cpu, CodeCache, Interpreter> engine) {
        ram = new PhysicalMemory(bytes);
        cpu = new Cpu(ram, this);
        cache = new CodeCache(ram, OpcodeTable.get(), config, mostRegions);
        interpreter = engine.apply(cpu, cache);
        cpu.cpl = 3;
        cpu.cr4 = Cpu.CR4_OSFXSR | Cpu.CR4_OSXMMEXCPT;
        long next = bytes;
        long l4 = next -= 4096;
        long l3 = next -= 4096;
        long l2 = next -= 4096;
        int flags = PageWalker.PRESENT | PageWalker.WRITE | PageWalker.USER;
        ram.put64(l4, l3 | flags);
        ram.put64(l3, l2 | flags);
        for (int i = 0; i < bytes >> 21; i++) {
            long l1 = next -= 4096;
            ram.put64(l2 + 8L * i, l1 | flags);
            for (int k = 0; k < 512; k++) {
                ram.put64(l1 + 8L * k, ((long) i << 21) + ((long) k << 12) | flags);
            }
        }
        cpu.setRoot(0, l4);
    }

    /** Runs code placed at {@code address} until an event or the limit. */
    public void run(long address, byte[] code, long maxInstructions) {
        cache.beforeExternalWrite(address, code.length);
        ram.write(address, code, 0, code.length);
        cpu.rip = address;
        event = -1;
        interpreter.run(maxInstructions);
    }

    @Override
    public void exception(Cpu c, int vector, int error) {
        event = vector;
        errorCode = error;
        c.requestStop();
    }

    @Override
    public void softwareInterrupt(Cpu c, int vector, int length) {
        event = vector;
        c.requestStop();
    }

    @Override
    public void syscall(Cpu c) {
        event = 256;
        c.requestStop();
    }

    @Override
    public void cpuid(Cpu c) {
        c.regs[Cpu.RAX] = 0;
        c.regs[Cpu.RBX] = 0;
        c.regs[Cpu.RCX] = 0;
        c.regs[Cpu.RDX] = 0;
    }
}
