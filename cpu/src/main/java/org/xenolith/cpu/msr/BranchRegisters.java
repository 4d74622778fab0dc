package org.xenolith.cpu.msr;

import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.model.Vendor;
import org.xenolith.cpu.state.BranchRecords;
import org.xenolith.cpu.state.Cpu;

/**
 * DEBUGCTL and the last-branch records (SDM vol. 3B, 18.4 to 18.16; vol. 4, tables of the models):
 * a ring of them in Intel's family 6 from the Core 2 on, one before and in AMD's.
 */
final class BranchRegisters implements MsrBank {
    private static final int DEBUGCTL = 0x1d9;
    private static final int TOP = 0x1c9;
    private static final int SINGLE_FROM = 0x1db;
    private static final int SINGLE_TO = 0x1dc;
    private static final int CORE_FROM = 0x40;
    private static final int CORE_TO = 0x60;
    private static final int NEHALEM_FROM = 0x680;
    private static final int NEHALEM_TO = 0x6c0;

    private static final int FAMILY = 6;
    private static final int CORE_2 = 0xf;
    private static final int CORE_2_45NM = 0x17;
    private static final int NEHALEM = 0x1a;
    private static final int ATOM = 0x1c;
    private static final int SKYLAKE = 0x4e;

    private final Cpu cpu;
    private final boolean present;
    private final long defined;
    private final int depth;
    private final int firstFrom;
    private final int firstTo;

    BranchRegisters(Cpu cpu, CpuModel model) {
        this.cpu = cpu;
        boolean intel = model.vendor() == Vendor.INTEL;
        present = model.family() >= FAMILY;
        boolean records = present && (!intel || model.family() == FAMILY);
        defined = records ? BranchRecords.LBR | BranchRecords.BTF : 0;
        // the model's number, extended part included, as CPUID has it
        int signature = model.signature();
        int number = intel && records ? signature >> 12 & 0xf0 | signature >> 4 & 0xf : 0;
        boolean core = number == CORE_2 || number == CORE_2_45NM || number == ATOM;
        boolean nehalem = number >= NEHALEM && !core;
        if (core) {
            depth = number == ATOM ? 8 : 4;
        } else if (nehalem) {
            depth = number >= SKYLAKE ? 32 : 16;
        } else {
            depth = 1;
        }
        firstFrom = core ? CORE_FROM : nehalem ? NEHALEM_FROM : SINGLE_FROM;
        firstTo = core ? CORE_TO : nehalem ? NEHALEM_TO : SINGLE_TO;
    }

    void powerOn() {
        cpu.branches.reset(depth);
    }

    @Override
    public boolean owns(int msr) {
        if (msr == DEBUGCTL) {
            return present;
        }
        return defined != 0
                && (msr == TOP && depth > 1
                        || msr >= firstFrom && msr < firstFrom + depth
                        || msr >= firstTo && msr < firstTo + depth);
    }

    @Override
    public long read(int msr) {
        if (msr == DEBUGCTL) {
            return cpu.branches.control();
        }
        if (msr == TOP) {
            return cpu.branches.top();
        }
        return msr >= firstTo && msr < firstTo + depth
                ? cpu.branches.to(msr - firstTo)
                : cpu.branches.from(msr - firstFrom);
    }

    @Override
    public void write(int msr, long value) {
        BranchRecords branches = cpu.branches;
        if (msr == DEBUGCTL) {
            require((value & ~defined) == 0);
            branches.control(value);
            return;
        }
        require(msr != TOP && depth > 1 && cpu.canonicalBase(value));
        if (msr >= firstTo && msr < firstTo + depth) {
            branches.set(msr - firstTo, branches.from(msr - firstTo), value);
        } else {
            branches.set(msr - firstFrom, value, branches.to(msr - firstFrom));
        }
    }

    private void require(boolean allowed) {
        if (!allowed) {
            throw cpu.generalProtection();
        }
    }
}
