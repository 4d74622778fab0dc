package org.xenolith.cpu.conformance;

import org.xenolith.cpu.bus.AddressSpace;
import org.xenolith.cpu.bus.BusDevice;
import org.xenolith.cpu.engine.CodeCache;
import org.xenolith.cpu.engine.Interpreter;
import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.Supervisor;
import org.xenolith.cpu.system.NativeSupervisor;
import org.xenolith.cpu.system.ProcessorReset;

import java.util.ArrayList;
import java.util.List;

/**
 * A processor in real mode with RAM as far as it reaches, that runs one vector after the other. RAM
 * is zero where a vector says nothing, and every port reads ones.
 */
final class RealModeMachine {
    private static final int RAM = 0x110000;
    private static final int DATA = 0x93;
    private static final int CODE = 0x9b;

    /** Our registers and segment registers in the suite's order. */
    private static final int[] GENERAL = {
        Cpu.RAX, Cpu.RBX, Cpu.RCX, Cpu.RDX, -1, -1, -1, -1, Cpu.RSP, Cpu.RBP, Cpu.RSI, Cpu.RDI
    };

    private static final int[] SEGMENTS = {-1, -1, -1, -1, Cpu.CS, Cpu.SS, Cpu.DS, Cpu.ES};

    private final Generation generation;
    private final PhysicalMemory ram = new PhysicalMemory(RAM);
    private final NativeSupervisor tables =
            new NativeSupervisor(c -> {}, c -> this.shutDown = true, 0);
    private final Cpu cpu = new Cpu(ram, new Witness());
    private final CodeCache cache = new CodeCache(ram);
    private final Interpreter interpreter = new Interpreter(cpu, cache);
    private final byte[] one = new byte[1];
    private final byte[] allOfRam = new byte[RAM];
    private int exception;
    private boolean shutDown;

    RealModeMachine(Generation generation) {
        this.generation = generation;
        ProcessorReset.powerOn(cpu, 0);
        cpu.enableA20(generation != Generation.I8086); // whose addresses have 20 bits
        cpu.idtLimit = 0x3ff;
        cpu.ports = new AddressSpace("port");
        cpu.ports.map(
                0,
                0x10000,
                new BusDevice() {
                    @Override
                    public long read(long offset, int size) {
                        return -1;
                    }

                    @Override
                    public void write(long offset, int size, long value) {
                        // nobody listens
                    }
                });
    }

    /** Lets the processor's own tables say where events go, and notes exceptions. */
    private final class Witness implements Supervisor {
        @Override
        public void exception(Cpu c, int vector, int errorCode) {
            exception = vector;
            tables.exception(c, vector, errorCode);
            c.stop |= generation == Generation.I8086;
        }

        @Override
        public void softwareInterrupt(Cpu c, int vector, int length) {
            tables.softwareInterrupt(c, vector, length);
        }

        @Override
        public void softwareException(Cpu c, int vector, int length) {
            tables.softwareException(c, vector, length);
        }

        @Override
        public void debugInterrupt(Cpu c, int length) {
            tables.debugInterrupt(c, length);
        }

        @Override
        public void syscall(Cpu c) {
            tables.syscall(c);
        }

        @Override
        public void boundary(Cpu c) {
            tables.boundary(c);
        }

        @Override
        public void cpuid(Cpu c) {
            tables.cpuid(c);
        }
    }

    /**
     * What came of a vector.
     *
     * @param exception vector of the last exception, or -1
     * @param differences from what was recorded, each for people; empty if there are none
     */
    record Outcome(int exception, List<String> differences) {}

    /**
     * Runs a vector.
     *
     * @param definedFlags mask of the flags to compare
     */
    Outcome run(Vector vector, int definedFlags) {
        load(vector);
        exception = -1;
        shutDown = false;
        // A vector from an 80286 ends with the HLT that follows.
        interpreter.run(generation == Generation.I8086 ? 1 : 2);
        List<String> differences = compare(vector, definedFlags);
        clear(vector.before());
        clear(vector.after());
        return new Outcome(exception, differences);
    }

    private void load(Vector vector) {
        cpu.halted = false;
        cpu.shutdown = false;
        cpu.shadowUntil = 0;
        cpu.debugShadowUntil = 0;
        for (int i = 0; i <= Vector.IP; i++) {
            int value = vector.initial(i);
            if (i == Vector.IP) {
                cpu.rip = value;
            } else if (GENERAL[i] >= 0) {
                cpu.regs[GENERAL[i]] = value;
            } else {
                boolean code = SEGMENTS[i] == Cpu.CS;
                cpu.setSegment(SEGMENTS[i], value, value << 4, 0xffff, code ? CODE : DATA);
            }
        }
        // Bits 12 to 15 are recorded, but neither processor has them in real mode.
        Flags.set(cpu, vector.initial(Vector.FLAGS) & 0xfff);
        Vector.State before = vector.before();
        for (int i = 0; i < before.addresses().length; i++) {
            put(before.addresses()[i], before.bytes()[i]);
        }
    }

    private List<String> compare(Vector vector, int definedFlags) {
        List<String> differences = new ArrayList<>();
        if (shutDown) {
            differences.add("shut down");
        }
        if (generation != Generation.I8086 && !cpu.halted) {
            differences.add("not halted");
        }
        for (int i = 0; i < Vector.REGISTERS.length; i++) {
            int mask = i == Vector.FLAGS ? definedFlags & 0xfd5 : 0xffff;
            note(differences, Vector.REGISTERS[i], vector.expected(i) & mask, register(i) & mask);
        }
        if (!differences.isEmpty() && (exception >= 0 || vector.exception() >= 0)) {
            differences.add("exception %d, not %d".formatted(exception, vector.exception()));
        }
        Vector.State after = vector.after();
        for (int i = 0; i < after.addresses().length; i++) {
            int mask = comparedBits(vector, after.addresses()[i], definedFlags);
            compareByte(differences, after.addresses()[i], after.bytes()[i], mask);
        }
        Vector.State before = vector.before();
        for (int i = 0; i < before.addresses().length; i++) {
            if (!after.names(before.addresses()[i])) {
                compareByte(differences, before.addresses()[i], before.bytes()[i], 0xff);
            }
        }
        return differences;
    }

    /**
     * Mask of the bits of a byte of memory that are compared. The address that the suite gives for
     * pushed flags is wrong where SP is odd, so it is computed here.
     */
    private int comparedBits(Vector vector, int address, int definedFlags) {
        int flags = 0xffff;
        if (generation == Generation.I8086) {
            flags = pushesFlags(vector.opcode()) ? 0xfff : flags; // bits 12 to 15 are ones
        } else if (vector.exception() >= 0) {
            flags = definedFlags;
        }
        int lines = generation == Generation.I8086 ? 0xfffff : 0xffffff;
        int pushed = vector.stackAddress(-2);
        if (address == (pushed & lines)) {
            return flags & 0xff;
        }
        return address == (pushed + 1 & lines) ? flags >> 8 : 0xff;
    }

    private static boolean pushesFlags(int opcode) {
        return switch (opcode) {
            case 0x9c, 0xcc, 0xcd, 0xce -> true;
            default -> false;
        };
    }

    private void compareByte(List<String> differences, int address, byte expected, int mask) {
        note(differences, "[%05x]".formatted(address), expected & mask, ram.get8(address) & mask);
    }

    private static void note(List<String> differences, String what, int expected, int actual) {
        if (expected != actual) {
            differences.add("%s is %x, not %x".formatted(what, actual, expected));
        }
    }

    private int register(int i) {
        if (i == Vector.FLAGS) {
            return (int) Flags.get(cpu);
        }
        if (i == Vector.IP) {
            return (int) cpu.rip;
        }
        return GENERAL[i] >= 0 ? (int) cpu.regs[GENERAL[i]] : cpu.selector[SEGMENTS[i]];
    }

    private void clear(Vector.State state) {
        for (int address : state.addresses()) {
            put(address, (byte) 0);
        }
    }

    /** Clears RAM, and tells whether it was clear: then no vector has written where it must not. */
    boolean scrub() {
        ram.read(0, allOfRam, 0, RAM);
        boolean clear = true;
        for (int i = 0; i < RAM; i++) {
            if (allOfRam[i] != 0) {
                clear = false;
                put(i, (byte) 0);
            }
        }
        return clear;
    }

    private void put(int address, byte value) {
        cache.beforeExternalWrite(address, 1);
        one[0] = value;
        ram.write(address, one, 0, 1);
    }
}
