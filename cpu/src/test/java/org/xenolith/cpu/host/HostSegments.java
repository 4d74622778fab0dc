package org.xenolith.cpu.host;

import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.cpu.state.Cpu;

/**
 * The descriptors that a case sees: those that Linux has for user programs, and local ones that the
 * native runner installs with modify_ldt (it has the same list).
 */
final class HostSegments {
    static final int CODE_64 = 0x33;
    static final int CODE_32 = 0x23;
    static final int FLAT = 0x2b;

    /** 16-bit code. */
    static final int CODE_16 = 0x07;

    /** 64 KiB of writable data around the visible ones, which start at 0x8000. */
    static final int DATA_16 = 0x0f;

    /** Base of {@link #DATA_16} and most other local data segments. */
    static final long DATA_BASE = HostState.DATA - 0x8000;

    /** Selectors of every kind, to be loaded by the code. */
    static final int[] INTERESTING = {
        0, 1, 2, 3, 0x08, 0x10, 0x13, 0x18, 0x20, 0x23, 0x28, 0x2a, 0x2b, 0x33, 0x40, 0x50, 0x63,
        0x83, 0x07, 0x0f, 0x17, 0x1f, 0x27, 0x2f, 0x37, 0x3f, 0x47, 0x0e, 0x0c, 0xffff
    };

    private static final int GDT_BYTES = 0x80;
    private static final int LDT_BYTES = 0x40;

    private HostSegments() {}

    /** Gives a state flat segments for 64- or 32-bit code. */
    static void flat(HostState s, int bits) {
        set(s, bits == 64 ? CODE_64 : CODE_32, FLAT, 0);
    }

    /** Gives a state segments with bases, for 32- or 16-bit code. */
    static void local(HostState s, int bits) {
        set(s, bits == 16 ? CODE_16 : CODE_32, DATA_16, DATA_16);
    }

    /** Gives a state 16-bit code with otherwise flat segments. */
    static void flatData16(HostState s) {
        set(s, CODE_16, FLAT, FLAT);
    }

    private static void set(HostState s, int code, int data, int other) {
        s.selectors[Cpu.CS] = code;
        s.selectors[Cpu.ES] = data;
        s.selectors[Cpu.SS] = data;
        s.selectors[Cpu.DS] = data;
        s.selectors[Cpu.FS] = other;
        s.selectors[Cpu.GS] = other;
    }

    /** Base of the code segment that a state names. */
    static long codeBase(HostState s) {
        return (s.selectors[Cpu.CS] & 4) != 0 ? HostState.CODE_REGION : 0;
    }

    /** Base of a data segment in a state; {@link Cpu#CS} in code other than 64-bit code too. */
    static long base(HostState s, int segment) {
        if (segment == Cpu.CS) {
            return codeBase(s);
        }
        int selector = s.selectors[segment];
        if (segment >= Cpu.FS && selector < 4) {
            return s.bases[segment - Cpu.FS];
        }
        return (selector & 4) != 0 ? DATA_BASE : 0;
    }

    /**
     * Writes both tables, the global one first, and loads their registers.
     *
     * @param address linear address, whose low 21 bits are the machine address
     */
    static void install(PhysicalMemory ram, Cpu cpu, long address) {
        long[] global = {
            0,
            0x00cf9b000000ffffL,
            0x00af9b000000ffffL,
            0x00cf93000000ffffL,
            0x00cffb000000ffffL,
            0x00cff3000000ffffL,
            0x00affb000000ffffL,
            0,
            0x00008b0000000067L,
            0,
            0x0000820000000000L,
            0,
            0,
            0,
            0,
            0x0040f50000000000L // a processor number, whose limit is not compared
        };
        long at = address & 0x1fffff;
        for (int i = 0; i < global.length; i++) {
            ram.put64(at + 8L * i, global[i]);
        }
        long[] local = {
            descriptor(HostState.CODE_REGION, 0xffff, 0xfb, 0),
            descriptor(DATA_BASE, 0xffff, 0xf3, 0),
            descriptor(DATA_BASE, 0x81ff, 0xf1, 0),
            descriptor(DATA_BASE, 0x7fff, 0xf7, 0),
            descriptor(HostState.DATA - 0x100, 0x2ff, 0xf3, 0x4),
            descriptor(DATA_BASE, 0xffff, 0x73, 0),
            descriptor(0, 0xfffff, 0xfb, 0xc),
            descriptor(HostState.CODE_REGION, 0xffff, 0xf9, 0)
        };
        for (int i = 0; i < local.length; i++) {
            ram.put64(at + GDT_BYTES + 8L * i, local[i]);
        }
        cpu.gdtBase = address;
        cpu.gdtLimit = GDT_BYTES - 1;
        cpu.segmentBase[Cpu.LDTR] = address + GDT_BYTES;
        cpu.segmentLimit[Cpu.LDTR] = LDT_BYTES - 1;
        cpu.segmentAccess[Cpu.LDTR] = 0x82;
        cpu.selector[Cpu.LDTR] = 0x50;
    }

    private static long descriptor(long base, int limit, int access, int flags) {
        return limit & 0xffffL
                | (base & 0xffffff) << 16
                | (long) access << 40
                | (long) (limit >> 16 & 15) << 48
                | (long) flags << 52
                | (base >> 24 & 0xff) << 56;
    }
}
