package org.xenolith.cpu.msr;

import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.model.Feature;
import org.xenolith.cpu.model.Vendor;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.system.ControlRegisters;

/**
 * Registers of which the processor's own operation consists: EFER, the fast system calls, the
 * segment bases and XSS (SDM vol. 3A, 2.2.1, 6.8.7 and 6.8.8). They live in {@link Cpu}.
 */
final class SystemRegisters implements MsrBank {
    private static final int SYSENTER_CS = 0x174;
    private static final int SYSENTER_ESP = 0x175;
    private static final int SYSENTER_EIP = 0x176;
    private static final int XSS = 0xda0;
    private static final int EFER = 0xc0000080;
    private static final int STAR = 0xc0000081;
    private static final int LSTAR = 0xc0000082;
    private static final int CSTAR = 0xc0000083;
    private static final int FMASK = 0xc0000084;
    private static final int FS_BASE = 0xc0000100;
    private static final int GS_BASE = 0xc0000101;
    private static final int KERNEL_GS_BASE = 0xc0000102;

    private final Cpu cpu;
    private final ControlMsrs control;
    private final long efer;
    private final boolean sysenter;
    private final boolean syscall;
    private final boolean longMode;
    private final boolean xsaves;
    private final boolean amd;
    private final int unused;

    SystemRegisters(Cpu cpu, CpuModel model, ControlMsrs control) {
        this.cpu = cpu;
        this.control = control;
        efer = model.efer();
        sysenter = model.has(Feature.SEP);
        syscall = model.has(Feature.SYSCALL);
        longMode = model.has(Feature.LM);
        xsaves = model.has(Feature.XSAVES);
        amd = model.vendor() == Vendor.AMD;
        unused = 64 - model.linearBits();
    }

    @Override
    public boolean owns(int msr) {
        return switch (msr) {
            case SYSENTER_CS, SYSENTER_ESP, SYSENTER_EIP -> sysenter;
            case EFER -> efer != 0;
            case STAR -> syscall;
            case LSTAR, CSTAR, FMASK, FS_BASE, GS_BASE, KERNEL_GS_BASE -> longMode;
            case XSS -> xsaves;
            default -> false;
        };
    }

    @Override
    public long read(int msr) {
        return switch (msr) {
            case SYSENTER_CS -> cpu.sysenterCs & 0xffffffffL;
            case SYSENTER_ESP -> cpu.sysenterEsp;
            case SYSENTER_EIP -> cpu.sysenterEip;
            case EFER -> cpu.efer;
            case STAR -> cpu.star;
            case LSTAR -> cpu.lstar;
            case CSTAR -> cpu.cstar;
            case FMASK -> cpu.fmask;
            case FS_BASE -> cpu.segmentBase[Cpu.FS];
            case GS_BASE -> cpu.segmentBase[Cpu.GS];
            case KERNEL_GS_BASE -> cpu.kernelGsBase;
            default -> cpu.xss;
        };
    }

    @Override
    public void write(int msr, long value) {
        switch (msr) {
            case SYSENTER_CS -> cpu.sysenterCs = (int) value;
            case SYSENTER_ESP -> cpu.sysenterEsp = entry(value);
            case SYSENTER_EIP -> cpu.sysenterEip = entry(value);
            case EFER -> writeEfer(value);
            case STAR -> cpu.star = value;
            case LSTAR -> cpu.lstar = canonical(value);
            case CSTAR -> cpu.cstar = canonical(value);
            case FMASK -> writeFmask(value);
            case FS_BASE -> cpu.segmentBase[Cpu.FS] = canonical(value);
            case GS_BASE -> cpu.segmentBase[Cpu.GS] = canonical(value);
            case KERNEL_GS_BASE -> cpu.kernelGsBase = canonical(value);
            default -> writeXss(value);
        }
    }

    /** LMA is read-only: what is written to it is ignored. */
    private void writeEfer(long value) {
        require((value & ~efer) == 0);
        require((value & Cpu.EFER_NXE) == 0 || !control.executeDisableHidden());
        ControlRegisters.writeEfer(cpu, value);
    }

    /** Intel's has 32 bits, AMD's ignores the others. */
    private void writeFmask(long value) {
        require(amd || value >>> 32 == 0);
        cpu.fmask = value & 0xffffffffL;
    }

    /** No supervisor state component exists here. */
    private void writeXss(long value) {
        require(value == 0);
        cpu.xss = 0;
    }

    /** AMD's SYSENTER is for 32-bit code only, and its registers are as wide. */
    private long entry(long value) {
        return amd || !longMode ? value & 0xffffffffL : canonical(value);
    }

    /** Whatever the paging mode, these registers take the widest address that the model has. */
    private long canonical(long value) {
        require(value << unused >> unused == value);
        return value;
    }

    private void require(boolean allowed) {
        if (!allowed) {
            throw cpu.generalProtection();
        }
    }
}
