package org.xenolith.cpu.state;

import java.util.ArrayList;
import java.util.List;

/**
 * What an access under EPT must do, told in plain steps over a copy of the memory: the guest's own
 * walk with every table address translated, then the translation of what it found.
 */
final class NestedOracle {
    /** {@link #outcome} letters: address found, page fault, exit. */
    record Outcome(String kind, long first, long second, long third) {}

    private static final class Stop extends RuntimeException {
        private final transient Outcome outcome;

        Stop(String kind, long first, long second, long third) {
            super(null, null, false, false);
            outcome = new Outcome(kind, first, second, third);
        }
    }

    private record Step(long at, long entry) {}

    private record Translated(long address, long size, boolean writable, boolean clean) {}

    final byte[] memory;
    long eptRoot;
    boolean eptMarks;
    boolean modeBased;
    PagingMode mode;
    long cr3;
    long[] pdptes;
    boolean user;
    boolean writeProtect;
    boolean executeDisable;
    int width;

    NestedOracle(byte[] memory) {
        this.memory = memory;
    }

    Outcome outcome(long va, boolean write, boolean fetch) {
        try {
            return access(va, write, fetch);
        } catch (Stop stop) {
            return stop.outcome;
        }
    }

    private long read(long at, int size) {
        long value = 0;
        for (int i = size - 1; i >= 0; i--) {
            value = value << 8 | (at + size <= memory.length ? memory[(int) at + i] & 0xff : 0xff);
        }
        return value;
    }

    private void set(long at, long bits) {
        for (int i = 0; i < 8 && at + i < memory.length; i++) {
            memory[(int) at + i] |= (byte) (bits >>> 8 * i);
        }
    }

    private Outcome access(long va, boolean write, boolean fetch) {
        boolean reports = executeDisable && mode != PagingMode.TWO_LEVEL;
        int code = (write ? 2 : 0) | (user ? 4 : 0) | (fetch && reports ? 16 : 0);
        if (mode == PagingMode.NONE) {
            Translated found = last(va & 0xffffffffL, write, fetch, true);
            return found(found, 4096, true);
        }
        boolean narrow = mode == PagingMode.TWO_LEVEL;
        List<Step> steps = new ArrayList<>();
        int[] shifts =
                switch (mode) {
                    case TWO_LEVEL -> new int[] {22, 12};
                    case PAE -> new int[] {21, 12};
                    default -> new int[] {39, 30, 21, 12};
                };
        long table = narrow ? cr3 & 0xfffff000L : cr3 & 0xffffffffff000L;
        if (mode == PagingMode.PAE) {
            long top = pdptes[(int) (va >>> 30 & 3)];
            if ((top & 1) == 0) {
                throw new Stop("fault", code, 0, 0);
            }
            table = top & 0xffffffffff000L;
        }
        boolean may = true;
        boolean writable = true;
        boolean never = false;
        long size = 0;
        for (int shift : shifts) {
            long index = va >>> shift & (narrow ? 1023 : 511);
            long at = toTable(table + index * (narrow ? 4 : 8), false);
            long entry = read(at, narrow ? 4 : 8);
            steps.add(new Step(table + index * (narrow ? 4 : 8), entry));
            if (entry % 2 == 0) {
                throw new Stop("fault", code, 0, 0);
            }
            boolean large = shift > 12 && shift < 39 && (entry & 0x80) != 0;
            if (badBits(entry, shift, large)) {
                throw new Stop("fault", code | 9, 0, 0);
            }
            may &= (entry & 4) != 0;
            writable &= (entry & 2) != 0;
            never |= entry < 0;
            size = 1L << shift;
            if (large || shift == 12) {
                break;
            }
            table = narrow ? entry & 0xfffff000L : entry & 0xffffffffff000L;
        }
        boolean mayWrite = writable || !user && !writeProtect;
        boolean allowed = (!user || may) && (!write || mayWrite) && !(fetch && never);
        if (!allowed) {
            throw new Stop("fault", code | 1, 0, 0);
        }
        // flags of the guest's tables: all may be set, or none is
        List<Long> marked = new ArrayList<>();
        Step leaf = steps.get(steps.size() - 1);
        for (Step step : steps) {
            long wanted = 0x20 | (step == leaf && write ? 0x40 : 0);
            if ((step.entry & wanted) != wanted) {
                long at = toTable(step.at, true);
                marked.add(at);
                marked.add(wanted);
            }
        }
        long frame = leaf.entry & 0xffffffffff000L;
        if (narrow) {
            frame = leaf.entry & 0xfffff000L;
        }
        long gpa = frame / size * size + va % size;
        if (narrow && size == 1 << 22) {
            gpa += (leaf.entry >>> 13 & 0xff) << 32;
        }
        Translated found = last(gpa, write, fetch, may);
        for (int i = 0; i < marked.size(); i += 2) {
            set(marked.get(i), marked.get(i + 1));
        }
        boolean dirty = write || (leaf.entry & 0x40) != 0;
        return found(found, size, mayWrite && dirty);
    }

    private Outcome found(Translated found, long size, boolean writable) {
        boolean ready = writable && found.writable && !found.clean;
        return new Outcome("found", found.address, Math.min(size, found.size), ready ? 1 : 0);
    }

    private boolean badBits(long entry, int shift, boolean large) {
        if (mode == PagingMode.TWO_LEVEL) {
            return large && (entry & 1 << 21) != 0;
        }
        boolean bad = (entry & 0xfffffffffffffL) >>> width != 0;
        bad |= entry < 0 && !executeDisable;
        bad |= mode == PagingMode.PAE && (entry >>> 52 & 0x7ff) != 0;
        bad |= shift == 39 && (entry & 0x80) != 0;
        return bad || large && (entry & 0xfffffffffffffL) % (1L << shift) >>> 13 != 0;
    }

    private Translated last(long gpa, boolean write, boolean fetch, boolean userPage) {
        int execute = modeBased && userPage ? 0x400 : 4;
        return second(gpa, fetch ? execute : write ? 2 : 1, 0x100);
    }

    private long toTable(long gpa, boolean write) {
        return second(gpa, write || eptMarks ? 3 : 1, 0).address;
    }

    private Translated second(long gpa, int access, int extra) {
        List<Long> path = new ArrayList<>();
        long table = eptRoot;
        int known = modeBased ? 0x407 : 7;
        int rights = known;
        int told = (access == 0x400 ? 4 : access) | extra;
        if (gpa >= 1L << 48) {
            throw new Stop("exit", 48, told, gpa);
        }
        for (int shift = 39; ; shift -= 9) {
            long at = table + (gpa >>> shift) % 512 * 8;
            long entry = read(at, 8);
            path.add(at);
            rights &= (int) entry;
            if ((entry & known) == 0) {
                throw new Stop("exit", 48, told, gpa);
            }
            boolean leaf = shift == 12 || shift < 39 && (entry & 0x80) != 0;
            long address = entry & 0xfffffffffffffL;
            boolean bad = entry % 4 == 2 || address >>> width != 0;
            if (leaf) {
                long type = entry >>> 3 & 7;
                bad |= type == 2 || type == 3 || type == 7;
                bad |= address % (1L << shift) >>> 12 != 0;
            } else {
                bad |= (entry & (shift == 39 ? 0xf8 : 0x78)) != 0;
            }
            if (bad) {
                throw new Stop("exit", 49, extra, gpa);
            }
            if (!leaf) {
                table = address >>> 12 << 12;
                continue;
            }
            if ((rights & access) != access) {
                int granted = rights % 8 << 3 | (rights > 8 ? 0x40 : 0);
                throw new Stop("exit", 48, told | granted, gpa);
            }
            for (long each : path) {
                boolean dirties = each == at && (access & 2) != 0;
                set(each, !eptMarks ? 0 : dirties ? 0x300 : 0x100);
            }
            boolean clean = eptMarks && (read(at, 8) & 0x200) == 0;
            long size = 1L << shift;
            long found = (address >>> shift << shift) + gpa % size;
            return new Translated(found, size, (rights & 2) != 0, clean);
        }
    }
}
