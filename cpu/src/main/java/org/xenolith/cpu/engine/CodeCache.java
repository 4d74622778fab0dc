package org.xenolith.cpu.engine;

import org.xenolith.cpu.decode.Decoder;
import org.xenolith.cpu.decode.Instruction;
import org.xenolith.cpu.decode.OpcodeTable;
import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.cpu.state.CodeWatcher;
import org.xenolith.cpu.state.CodeWriteFault;
import org.xenolith.cpu.state.Cpu;

import java.util.ArrayList;
import java.util.List;

/**
 * Decoded blocks of one machine, by machine address, shared by all its processors.
 *
 * <p>A frame that holds decoded bytes is absent from every write TLB, so stores elsewhere pay
 * nothing; stores to such a frame come here first ({@link #beforeWrite}) and invalidate exactly the
 * blocks whose bytes they touch.
 */
public final class CodeCache implements CodeWatcher {
    private static final int MAX_OPERATIONS = 64;

    /** Operations kept before everything is dropped; bounds memory (about 80 bytes each). */
    private static final int CAPACITY = 4_000_000;

    /** Regions kept before everything is dropped; bounds the classes of translations. */
    private static final int MOST_REGIONS = 10_000;

    /** How the machine executes its code. */
    final EngineConfig config;

    /** Where translations are written for people, or null. */
    final RegionDump dump;

    final PhysicalMemory ram;
    final Counters counters = new Counters();
    private final int mostRegions;
    final CodePage[] pages;
    final List<Cpu> processors = new ArrayList<>();
    private final Monitors monitors = new Monitors(processors);
    private final Decoder decoder;
    private final OperationFactory factory = new OperationFactory();
    private final byte[] window = new byte[Decoder.MAX_LENGTH];
    private final Operation[] building = new Operation[MAX_OPERATIONS];
    private int operations;
    private int regions;

    /** Counts invalidations; every processor has a copy in {@code codeVersion}. */
    private long version;

    /**
     * The processor executes one instruction on its own: it may change that instruction's bytes.
     */
    private boolean single;

    /** A cache for processors that execute everything that is implemented. */
    public CodeCache(PhysicalMemory ram) {
        this(ram, OpcodeTable.get());
    }

    /** A cache for processors that execute what a table has. */
    public CodeCache(PhysicalMemory ram, OpcodeTable table) {
        this(ram, table, EngineConfig.DEFAULT);
    }

    /** A cache for processors that execute what a table has, in a certain way. */
    public CodeCache(PhysicalMemory ram, OpcodeTable table, EngineConfig config) {
        this(ram, table, config, MOST_REGIONS);
    }

    /** A cache with another limit, for tests. */
    CodeCache(PhysicalMemory ram, OpcodeTable table, EngineConfig config, int mostRegions) {
        this.config = config;
        this.dump = config.dump().map(RegionDump::new).orElse(null);
        this.ram = ram;
        this.mostRegions = mostRegions;
        this.decoder = new Decoder(table);
        this.pages = new CodePage[Math.toIntExact(ram.allFrames())];
    }

    /** What has been done so far; to be called by the thread that runs the machine. */
    public EngineStatistics statistics() {
        return counters.statistics(processors);
    }

    void attach(Cpu cpu) {
        processors.add(cpu);
        cpu.codeVersion = version;
        cpu.codeWatcher = this;
    }

    @Override
    public boolean holdsCode(long maddr) {
        return pages[(int) (maddr >>> 12)] != null || monitors.watch(maddr);
    }

    @Override
    public void monitorChanged(Cpu cpu) {
        monitors.changed();
        if (cpu.monitor.armed()) {
            for (Cpu processor : processors) {
                processor.protectFrame(cpu.monitor.frame());
            }
        }
    }

    @Override
    public void beforeWrite(Cpu cpu, long maddr, int length) {
        monitors.written(maddr, length);
        int frame = (int) (maddr >>> 12);
        CodePage page = pages[frame];
        if (page == null || !page.mayHold(maddr, length)) {
            return;
        }
        if (!single && cpu.executing >= 0) {
            CodePage current = pages[(int) (cpu.executing >>> 12)];
            Block block = current == null ? null : current.find(cpu.executing, cpu.mode);
            if (block != null && block.valid && block.overlaps(maddr, length)) {
                throw CodeWriteFault.INSTANCE;
            }
        }
        invalidate(page, frame, maddr, length);
    }

    private void invalidate(CodePage page, int frame, long maddr, int length) {
        if (page.invalidate(maddr, length)) {
            pages[frame] = null;
        }
        counters.invalidations++;
        version++;
        for (Cpu processor : processors) {
            processor.codeVersion = version;
            processor.attend();
        }
    }

    /**
     * Tells that something other than a processor (hypervisor, device) is about to change RAM.
     *
     * @param maddr first byte, anywhere in RAM
     * @param length bytes, may span frames
     */
    public void beforeExternalWrite(long maddr, long length) {
        monitors.written(maddr, length);
        long end = maddr + length;
        for (long at = maddr; at < end; at = (at | 4095) + 1) {
            int frame = (int) (at >>> 12);
            CodePage page = pages[frame];
            if (page != null) {
                int bytes = (int) (Math.min(end, (at | 4095) + 1) - at);
                if (page.mayHold(at, bytes)) {
                    invalidate(page, frame, at, bytes);
                }
            }
        }
    }

    /**
     * Finds or decodes the block at {@code cpu.rip} in the current address space.
     *
     * @param maddr where that is
     * @throws org.xenolith.cpu.state.CpuFault if the first instruction cannot be fetched
     */
    Block lookup(Cpu cpu, long maddr) {
        CodePage page = pages[(int) (maddr >>> 12)];
        if (page != null) {
            Block found = page.find(maddr, cpu.mode);
            if (found != null
                    && (found.secondPage < 0
                            || found.secondPage
                                    == cpu.executable((cpu.codeAddress() | 4095) + 1))) {
                return found;
            }
            if (found != null) {
                invalidate(page, (int) (maddr >>> 12), maddr, 1);
            }
        }
        Block block = decode(cpu, maddr, MAX_OPERATIONS);
        if (operations > CAPACITY) {
            clear();
        }
        operations += block.operations.length;
        counters.blocks++;
        counters.operations += block.operations.length;
        page(maddr).add(block);
        if (block.secondPage >= 0) {
            page(block.secondPage).addEntering(block);
        }
        return block;
    }

    /** The block at {@code cpu.rip}. */
    Block lookup(Cpu cpu) {
        return lookup(cpu, cpu.executable(cpu.codeAddress()));
    }

    /** The valid block that starts at {@code maddr} and was decoded for {@code mode}, or null. */
    Block find(long maddr, int mode) {
        CodePage page = pages[(int) (maddr >>> 12)];
        return page == null ? null : page.find(maddr, mode);
    }

    /** Decodes the one instruction at {@code cpu.rip} without keeping it. */
    Block single(Cpu cpu) {
        return decode(cpu, cpu.executable(cpu.codeAddress()), 1);
    }

    @Override
    public boolean single() {
        return single;
    }

    void setSingle(boolean value) {
        single = value;
    }

    /** Tells that one more region is going to be translated. */
    void addRegion() {
        regions++;
        if (regions > mostRegions) {
            clear();
        }
    }

    private void clear() {
        long invalidations = counters.invalidations;
        CodeFlushEvent event = new CodeFlushEvent();
        event.begin();
        for (int i = 0; i < pages.length; i++) {
            if (pages[i] != null) {
                invalidate(pages[i], i, (long) i << 12, 4096);
            }
        }
        event.instructions = operations;
        event.regions = regions;
        event.commit();
        counters.invalidations = invalidations;
        counters.flushes++;
        operations = 0;
        regions = 0;
    }

    private CodePage page(long maddr) {
        int frame = (int) (maddr >>> 12);
        CodePage page = pages[frame];
        if (page == null) {
            page = new CodePage();
            pages[frame] = page;
            for (Cpu cpu : processors) {
                cpu.protectFrame((long) frame << 12);
            }
        }
        return page;
    }

    /** Counts invalidations. */
    long version() {
        return version;
    }

    /** What a block would be if it were decoded now, up to its length. */
    Operation[] decodeAgain(Block block) {
        int inFirst = block.secondPage < 0 ? block.length : 4096 - (int) (block.maddr & 4095);
        byte[] bytes = new byte[block.length];
        ram.read(block.maddr, bytes, 0, inFirst);
        if (block.secondPage >= 0) {
            ram.read(block.secondPage, bytes, inFirst, block.length - inFirst);
        }
        List<Operation> found = new ArrayList<>();
        int offset = 0;
        while (offset < bytes.length) {
            int available = Math.min(Decoder.MAX_LENGTH, bytes.length - offset);
            System.arraycopy(bytes, offset, window, 0, available);
            Decoder.Result result = decoder.decode(window, available, block.mode & Cpu.MODE_SIZE);
            if (result != Decoder.Result.OK) {
                break;
            }
            Instruction in = decoder.instruction;
            found.add(factory.create(in, window, offset, block.mode));
            offset += in.length;
        }
        return found.toArray(Operation[]::new);
    }

    private Block decode(Cpu cpu, long maddr, int most) {
        int mode = cpu.mode;
        int offset = 0;
        int count = 0;
        int inPage = 4096 - (int) (maddr & 4095);
        long secondPage = -1;
        boolean ends = false;
        while (!ends && count < most && offset < inPage) {
            int available = Math.min(Decoder.MAX_LENGTH, inPage - offset);
            ram.read(maddr + offset, window, 0, available);
            Decoder.Result result = decoder.decode(window, available, mode & Cpu.MODE_SIZE);
            if (result == Decoder.Result.TRUNCATED) {
                if (count > 0) {
                    break; // the crossing instruction gets a block of its own
                }
                secondPage = cpu.executable((cpu.codeAddress() | 4095) + 1);
                ram.read(secondPage, window, available, Decoder.MAX_LENGTH - available);
                result = decoder.decode(window, Decoder.MAX_LENGTH, mode & Cpu.MODE_SIZE);
            }
            if (result == Decoder.Result.TOO_LONG) {
                if (count > 0) {
                    break;
                }
                throw cpu.generalProtection();
            }
            Instruction in = decoder.instruction;
            ends = in.opcode == null || in.opcode.ends() || secondPage >= 0;
            building[count++] = factory.create(in, window, offset, mode);
            offset += in.length;
        }
        Operation[] ops = new Operation[count];
        System.arraycopy(building, 0, ops, 0, count);
        return new Block(ops, maddr, offset, secondPage, mode, ends);
    }
}
