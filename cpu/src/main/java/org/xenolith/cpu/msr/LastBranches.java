package org.xenolith.cpu.msr;

import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.model.Vendor;
import org.xenolith.cpu.state.BranchRecords;
import org.xenolith.cpu.state.Cpu;

/**
 * Last-branch records where their MSRs are known by the model (SDM vol. 3B, 18.4 to 18.15; vol. 4,
 * tables 2-3 and 2-4): those of the Core 2 and Atom, and the single one of the Pentium III and of
 * AMD. Later models filter branches, which is not implemented: they have IA32_DEBUGCTL.BTF alone.
 */
final class LastBranches implements MsrBank {
    private static final int TOP = 0x1c9;
    private static final int ONE_FROM = 0x1db;
    private static final int ONE_TO = 0x1dc;
    private static final int EVENT_FROM = 0x1dd;
    private static final int EVENT_TO = 0x1de;
    private static final int STACK_FROM = 0x40;
    private static final int STACK_TO = 0x60;

    private static final int CORE_2 = 0x0f;
    private static final int PENRYN = 0x17;
    private static final int ATOM = 0x1c;
    private static final int LAST_PENTIUM_III = 0x0b;
    private static final int SIXTH = 6;

    private final Cpu cpu;
    private final BranchRecords records;

    LastBranches(Cpu cpu, CpuModel model) {
        this.cpu = cpu;
        records = cpu.branches;
        records.depth = depth(model);
        boolean stepping = model.family() == SIXTH || model.vendor() == Vendor.AMD;
        records.allowed =
                (records.depth > 0 ? BranchRecords.LBR : 0) | (stepping ? BranchRecords.BTF : 0);
    }

    private static int depth(CpuModel model) {
        if (model.vendor() == Vendor.AMD) {
            return model.family() >= SIXTH ? 1 : 0;
        }
        if (model.family() != SIXTH) {
            return 0;
        }
        int number = model.signature() >>> 4 & 15 | model.signature() >>> 12 & 0xf0;
        return switch (number) {
            case CORE_2, PENRYN -> 4;
            case ATOM -> 8;
            default -> number <= LAST_PENTIUM_III ? 1 : 0;
        };
    }

    void powerOn() {
        records.clear();
        cpu.setDebugControl(0);
    }

    private boolean stack() {
        return records.depth > 1;
    }

    @Override
    public boolean owns(int msr) {
        return switch (msr) {
            case EVENT_FROM, EVENT_TO -> records.depth > 0;
            case ONE_FROM, ONE_TO -> records.depth == 1;
            case TOP -> stack();
            default -> stack() && (in(msr, STACK_FROM) || in(msr, STACK_TO));
        };
    }

    private boolean in(int msr, int first) {
        return msr >= first && msr < first + records.depth;
    }

    @Override
    public long read(int msr) {
        return switch (msr) {
            case EVENT_FROM -> records.eventFrom;
            case EVENT_TO -> records.eventTo;
            case ONE_FROM -> records.from[0];
            case ONE_TO -> records.to[0];
            case TOP -> records.top;
            default ->
                    in(msr, STACK_FROM)
                            ? records.from[msr - STACK_FROM]
                            : records.to[msr - STACK_TO];
        };
    }

    @Override
    public void write(int msr, long value) {
        if (msr == TOP) {
            require(value >= 0 && value < records.depth);
            records.top = (int) value;
            return;
        }
        require(stack() && msr < TOP && cpu.canonicalBase(value));
        if (in(msr, STACK_FROM)) {
            records.from[msr - STACK_FROM] = value;
        } else {
            records.to[msr - STACK_TO] = value;
        }
    }

    private void require(boolean allowed) {
        if (!allowed) {
            throw cpu.generalProtection();
        }
    }
}
