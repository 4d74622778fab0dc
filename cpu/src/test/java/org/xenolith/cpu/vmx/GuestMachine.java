package org.xenolith.cpu.vmx;

import org.xenolith.cpu.engine.CodeCache;
import org.xenolith.cpu.engine.Interpreter;
import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.msr.Msrs;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.system.NativeSupervisor;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * A 64-bit guest at privilege level 0 under a Java hypervisor that notes each exit and stops.
 * Linear addresses are guest-physical ones; RAM is mapped one to one, and the APIC's page to {@link
 * #ACCESS_PAGE}. The handler of each interrupt is a HLT.
 */
final class GuestMachine {
    static final int RAM = 4 << 20;
    static final int CODE = 0x10000;
    static final int HANDLERS = 0x20000;
    static final int STACK = 0x9000;
    static final int GDT = 0x2000;
    static final int IDT = 0x3000;
    static final int VIRTUAL_PAGE = 0x100000;
    static final int ACCESS_PAGE = 0x101000;
    static final int MSR_BITMAP = 0x102000;
    static final int EPT = 0x200000;
    static final int CS = 8;
    private static final long TABLES = 0x300000;
    private static final long APIC = 0xfee00000L;

    /** An exit as the VMCS described it. */
    record Exit(int reason, long qualification, long rip) {}

    final PhysicalMemory ram = new PhysicalMemory(RAM);
    final NativeSupervisor supervisor = new NativeSupervisor(c -> {}, c -> {}, 0);
    final Cpu cpu = new Cpu(ram, supervisor);
    final CodeCache cache = new CodeCache(ram);
    final Interpreter interpreter = new Interpreter(cpu, cache);
    final Vmcs vmcs = Vmcs.inJava();
    final List<Exit> exits = new ArrayList<>();
    private final JavaRoot root = new JavaRoot(cpu, supervisor, this::exited);

    GuestMachine() {
        ram.put64(TABLES, TABLES + 0x1000 | 7);
        ram.put64(TABLES + 0x1000, 0x87);
        ram.put64(TABLES + 0x1000 + 24, 3L << 30 | 0x87);
        ram.put64(EPT, EPT + 0x1000 | 7);
        ram.put64(EPT + 0x1000, EPT + 0x2000 | 7);
        ram.put64(EPT + 0x2000, 0xb7);
        ram.put64(EPT + 0x2008, 0x2000b7);
        ram.put64(EPT + 0x1018, EPT + 0x3000 | 7);
        ram.put64(EPT + 0x3000 + 8 * (APIC >>> 21 & 0x1ff), EPT + 0x4000 | 7);
        ram.put64(EPT + 0x4000, ACCESS_PAGE | 0x37);
        ram.put64(GDT + CS, 0x00af9b000000ffffL);
        for (int vector = 0; vector < 256; vector++) {
            ram.put64(
                    IDT + 16L * vector,
                    HANDLERS + 16 * vector & 0xffff | 2L << 48 | 0x8e00L << 32 | CS << 16);
            ram.put8(HANDLERS + 16L * vector, (byte) 0xf4);
        }
        cpu.msrs = new Msrs(cpu, CpuModel.parse("max"));
        cpu.cr4 = Cpu.CR4_PAE;
        cpu.gdtBase = GDT;
        cpu.gdtLimit = 15;
        cpu.idtBase = IDT;
        cpu.idtLimit = 0xfff;
        cpu.selector[Cpu.CS] = CS;
        cpu.segmentAccess[Cpu.CS] = 0xa09b;
        cpu.regs[Cpu.RSP] = STACK;
        cpu.setCr3(TABLES);
        cpu.updatePaging();
        ram.fill(MSR_BITMAP, 4096, (byte) 0);
        vmcs.write(VmcsField.EPT_POINTER, EPT | 0x1e);
        vmcs.write(VmcsField.VIRTUAL_APIC_ADDRESS, VIRTUAL_PAGE);
        vmcs.write(VmcsField.APIC_ACCESS_ADDRESS, ACCESS_PAGE);
        vmcs.write(VmcsField.MSR_BITMAPS, MSR_BITMAP);
    }

    /** Controls besides HLT exiting, MSR bitmaps and EPT. */
    void launch(int primary, int secondary) {
        vmcs.write(
                VmcsField.PROCESSOR_BASED_CONTROLS,
                (primary
                                | Controls.HLT_EXITING
                                | Controls.USE_MSR_BITMAPS
                                | Controls.SECONDARY_CONTROLS)
                        & 0xffffffffL);
        vmcs.write(VmcsField.SECONDARY_CONTROLS, secondary | Controls.ENABLE_EPT);
        root.launch(vmcs);
    }

    private void exited(Cpu c, Vmcs controls) {
        exits.add(
                new Exit(
                        (int) controls.read(VmcsField.EXIT_REASON),
                        controls.read(VmcsField.EXIT_QUALIFICATION),
                        c.rip));
        c.requestStop();
    }

    /** Runs code until an exit, and gives that. */
    Exit run(String hex) {
        byte[] code = HexFormat.of().parseHex(hex.replace(" ", ""));
        cache.beforeExternalWrite(CODE, code.length);
        ram.write(CODE, code, 0, code.length);
        cpu.rip = CODE;
        return go();
    }

    /** Goes on until the next exit. */
    Exit go() {
        int before = exits.size();
        interpreter.run(1000);
        if (exits.size() != before + 1) {
            throw new AssertionError("exits: " + exits.subList(before, exits.size()));
        }
        return exits.getLast();
    }

    int virtual(int offset) {
        return ram.get32(VIRTUAL_PAGE + offset);
    }

    void virtual(int offset, int value) {
        ram.put32(VIRTUAL_PAGE + offset, value);
    }
}
