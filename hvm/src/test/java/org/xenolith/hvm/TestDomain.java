package org.xenolith.hvm;

import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.devices.system.SystemEvents;
import org.xenolith.hvm.platform.BarePlatform;
import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.Machine;
import org.xenolith.xen.domain.ShutdownReason;

import java.io.ByteArrayOutputStream;
import java.util.HexFormat;
import java.util.UUID;

/** A PVH domain of 4 MiB whose first processor runs code that a test gives it. */
final class TestDomain implements SystemEvents {
    static final long CODE = 0x10000;
    static final long ROOT = 0x1000;
    private static final int PAGES = 1024;
    private static final long FLAT = 0xffffffffL;

    final ByteArrayOutputStream debug = new ByteArrayOutputStream();
    final HvmDomain hvm;
    final Domain domain;
    final Cpu cpu;

    TestDomain() {
        this(1);
    }

    /** A domain with more processors, which are off. */
    TestDomain(int vcpus) {
        Machine machine = new Machine(2048L << 12);
        hvm =
                new HvmDomain(
                        machine,
                        1,
                        "test",
                        new UUID(1, 2),
                        vcpus,
                        CpuModel.parse("max,+hypervisor,-monitor"),
                        new BarePlatform(machine, debug::write, this));
        domain = hvm.domain;
        domain.maxPages = PAGES;
        cpu = domain.vcpus[0].cpu;
        for (long gfn = 0; gfn < PAGES; gfn++) {
            hvm.memory.populate(gfn);
        }
        hvm.start(PAGES - 1);
    }

    /** Flat 32-bit code at privilege level 0, without paging. */
    void enter32(String code) {
        cpu.cr0 = Cpu.CR0_PE | Cpu.CR0_ET;
        cpu.setSegment(Cpu.CS, 8, 0, FLAT, 0xc09b);
        for (int segment : new int[] {Cpu.ES, Cpu.SS, Cpu.DS, Cpu.FS, Cpu.GS}) {
            cpu.setSegment(segment, 16, 0, FLAT, 0xc093);
        }
        begin(code);
    }

    /** 64-bit code at a privilege level, the first 2 MiB mapped one to one for all. */
    void enter64(int level, String code) {
        mapFlat();
        cpu.cr0 = 0x80000033L;
        cpu.cr4 = Cpu.CR4_PAE;
        cpu.setEfer(Cpu.EFER_SCE | Cpu.EFER_LME);
        cpu.efer |= Cpu.EFER_LMA;
        cpu.cpl = level;
        cpu.setSegment(Cpu.CS, 8 | level, 0, FLAT, 0xa09b | level << 5);
        cpu.setSegment(Cpu.SS, 16 | level, 0, FLAT, 0xc093 | level << 5);
        cpu.setCr3(ROOT);
        begin(code);
    }

    /** Page tables that map the first 2 MiB one to one. */
    void mapFlat() {
        put64(ROOT, ROOT + 0x1000 | 7);
        put64(ROOT + 0x1000, ROOT + 0x2000 | 7);
        put64(ROOT + 0x2000, 0x87);
    }

    private void begin(String code) {
        put(CODE, code);
        cpu.rip = CODE;
        cpu.regs[Cpu.RSP] = 0x80000;
        cpu.updateMode();
        cpu.updatePaging();
    }

    void put(long gpa, String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        hvm.memory.write(gpa, bytes, 0, bytes.length);
    }

    void put64(long gpa, long value) {
        long mfn = hvm.gfnToMfn(gpa >>> 12);
        domain.machine.memory.put64(mfn << 12 | gpa & 4095, value);
    }

    int get32(long gpa) {
        long mfn = hvm.gfnToMfn(gpa >>> 12);
        return domain.machine.memory.get32(mfn << 12 | gpa & 4095);
    }

    /** Slice by slice, up to so many instructions; a slice in which no time passes is the last. */
    void run(long instructions) {
        long end = cpu.instructions + instructions;
        long before;
        do {
            before = cpu.now();
            domain.vcpus[0].engine.run(end - cpu.instructions);
        } while (domain.vcpus[0].runnable() && before < cpu.now() && cpu.instructions < end);
    }

    long exits(int reason) {
        return hvm.vcpu(0).exits[reason];
    }

    long allExits() {
        long sum = 0;
        for (long count : hvm.vcpu(0).exits) {
            sum += count;
        }
        return sum;
    }

    @Override
    public void powerOff() {
        domain.shutDown(ShutdownReason.POWEROFF);
    }

    @Override
    public void reset() {
        domain.shutDown(ShutdownReason.REBOOT);
    }

    @Override
    public void exit(int status) {
        throw new AssertionError("no such port");
    }

    @Override
    public void a20(boolean enabled) {}
}
