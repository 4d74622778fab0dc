package org.xenolith.cpu.vmx;

import org.xenolith.cpu.bus.AddressSpace;
import org.xenolith.cpu.engine.CodeCache;
import org.xenolith.cpu.engine.Interpreter;
import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.msr.Msrs;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.VmxOperation;
import org.xenolith.cpu.system.NativeSupervisor;
import org.xenolith.cpu.time.TimerQueue;

import java.util.HexFormat;

/**
 * A processor whose software is in VMX root operation, in 64-bit mode, with a VMCS that enters a
 * guest of the same kind: both have the same one-to-one tables. VM exits and all handlers of
 * interrupts come to a HLT.
 */
final class RootMachine {
    static final int CODE = 0x10000;
    static final int GUEST = 0x11000;
    static final int HOST = 0x12000;
    static final int HANDLERS = 0x20000;
    static final int STACK = 0x9000;
    static final int REGION = 0x40000;
    static final int VMCS = 0x41000;
    static final int BITMAP = 0x50000;
    static final int LIST = 0x60000;
    static final long TABLES = 0x300000;
    private static final int IDT = 0x3000;
    private static final int GDT = 0x2000;
    private static final int CS = 8;
    private static final int TR = 16;

    final PhysicalMemory ram = new PhysicalMemory(4 << 20);
    final CpuModel model = CpuModel.parse("max");
    final NativeSupervisor supervisor =
            new NativeSupervisor(c -> c.regs[Cpu.RAX] = 7, c -> this.shutDowns++, 0);
    final Cpu cpu = new Cpu(ram, supervisor);
    final CodeCache cache = new CodeCache(ram);
    final Interpreter interpreter = new Interpreter(cpu, cache);
    final TimerQueue timers = new TimerQueue();
    int shutDowns;

    /** In VMX operation with a current VMCS that is ready for VMLAUNCH. */
    RootMachine() {
        model.configure(cpu);
        SoftwareVmx.attach(cpu, model, supervisor, timers);
        cpu.msrs = new Msrs(cpu, model);
        cpu.ports = new AddressSpace("port");
        tables();
        cpu.cr0 = 0x80000033L;
        cpu.cr4 = Cpu.CR4_PAE | Cpu.CR4_VMXE | Cpu.CR4_OSXSAVE;
        cpu.efer = Cpu.EFER_LME | Cpu.EFER_LMA;
        cpu.gdtBase = GDT;
        cpu.gdtLimit = 0x1f;
        cpu.idtBase = IDT;
        cpu.idtLimit = 0xfff;
        cpu.selector[Cpu.CS] = CS;
        cpu.segmentAccess[Cpu.CS] = 0xa09b;
        cpu.regs[Cpu.RSP] = STACK;
        cpu.setCr3(TABLES);
        cpu.updatePaging();
        cpu.vmx.featureControl = VmxOperation.LOCKED | VmxOperation.ENABLED;
        ram.put32(REGION, MemoryVmcs.REVISION);
        ram.put32(VMCS, MemoryVmcs.REVISION);
        cpu.vmx.on(REGION);
        cpu.vmx.clear(VMCS);
        cpu.vmx.load(VMCS);
        place(HOST, "f4");
        host();
        guest();
    }

    private void tables() {
        ram.put64(TABLES, TABLES + 0x1000 | 7);
        ram.put64(TABLES + 0x1000, 0x87);
        ram.put64(GDT + CS, 0x00af9b000000ffffL);
        for (int vector = 0; vector < 256; vector++) {
            long gate = HANDLERS + 16 * vector & 0xffff | 2L << 48 | 0x8e00L << 32 | CS << 16;
            ram.put64(IDT + 16L * vector, gate);
            ram.put8(HANDLERS + 16L * vector, (byte) 0xf4);
        }
    }

    private void host() {
        set(VmcsField.PIN_BASED_CONTROLS, 0x16);
        set(VmcsField.PROCESSOR_BASED_CONTROLS, 0x04006172 | Controls.HLT_EXITING);
        set(VmcsField.EXIT_CONTROLS, 0x36dfb | Controls.EXIT_HOST_64);
        set(VmcsField.ENTRY_CONTROLS, 0x11fb | Controls.ENTRY_GUEST_64);
        set(VmcsField.HOST_CR0, cpu.cr0);
        set(VmcsField.HOST_CR3, TABLES);
        set(VmcsField.HOST_CR4, cpu.cr4);
        set(VmcsField.HOST_CS_SELECTOR, CS);
        set(VmcsField.HOST_TR_SELECTOR, TR);
        set(VmcsField.HOST_GDTR_BASE, GDT);
        set(VmcsField.HOST_IDTR_BASE, IDT);
        set(VmcsField.HOST_RSP, STACK);
        set(VmcsField.HOST_RIP, HOST);
    }

    private void guest() {
        set(VmcsField.VMCS_LINK_POINTER, -1);
        set(VmcsField.GUEST_CR0, cpu.cr0);
        set(VmcsField.GUEST_CR3, TABLES);
        set(VmcsField.GUEST_CR4, cpu.cr4);
        set(VmcsField.GUEST_DR7, 0x400);
        set(VmcsField.GUEST_RSP, STACK);
        set(VmcsField.GUEST_RIP, GUEST);
        set(VmcsField.GUEST_RFLAGS, 2);
        set(VmcsField.GUEST_GDTR_BASE, GDT);
        set(VmcsField.GUEST_GDTR_LIMIT, 0x1f);
        set(VmcsField.GUEST_IDTR_BASE, IDT);
        set(VmcsField.GUEST_IDTR_LIMIT, 0xfff);
        for (int segment = Cpu.ES; segment <= Cpu.TR; segment++) {
            int access =
                    switch (segment) {
                        case Cpu.CS -> 0xa09b;
                        case Cpu.TR -> 0x8b;
                        case Cpu.LDTR -> Cpu.ACCESS_UNUSABLE;
                        default -> 0xc093;
                    };
            boolean pages = (access & Cpu.ACCESS_GRANULARITY) != 0;
            set(GuestState.segment(VmcsField.GUEST_ES_LIMIT, segment), pages ? -1 : 0x67);
            set(GuestState.segment(VmcsField.GUEST_ES_ACCESS_RIGHTS, segment), access);
        }
        set(VmcsField.GUEST_CS_SELECTOR, CS);
        set(VmcsField.GUEST_TR_SELECTOR, TR);
    }

    void set(VmcsField field, long value) {
        cpu.vmx.write(field.encoding, value);
    }

    long get(VmcsField field) {
        cpu.vmx.read(field.encoding);
        return cpu.vmx.value;
    }

    /** Sets control bits, and the activation of secondary controls with them. */
    void control(VmcsField field, int bits) {
        set(field, get(field) | bits & 0xffffffffL);
        if (field == VmcsField.SECONDARY_CONTROLS) {
            control(VmcsField.PROCESSOR_BASED_CONTROLS, Controls.SECONDARY_CONTROLS);
        }
    }

    void place(int at, String hex) {
        byte[] code = HexFormat.of().parseHex(hex.replace(" ", ""));
        cache.beforeExternalWrite(at, code.length);
        ram.write(at, code, 0, code.length);
    }

    /** Runs code of the host until it halts. */
    void run(String hex) {
        place(CODE, hex);
        cpu.rip = CODE;
        cpu.halted = false;
        runOn();
    }

    /** Lets the processor go on, through VM exits, until it halts. */
    void runOn() {
        long end = cpu.instructions + 1000;
        long before;
        do {
            before = cpu.now();
            interpreter.run(end - cpu.instructions);
        } while (runnable() && before < cpu.now() && cpu.instructions < end);
    }

    private boolean runnable() {
        return !cpu.halted && !cpu.waitsForStartup;
    }

    /**
     * Enters the guest, by VMLAUNCH or VMRESUME, and runs until something halts.
     *
     * @param hex code of the guest
     * @return basic exit reason, or -1 if there was no exit
     */
    int enter(String hex) {
        place(GUEST, hex);
        run(launched() ? "0f01c3 f4" : "0f01c2 f4");
        return exited() ? (int) get(VmcsField.EXIT_REASON) & 0xffff : -1;
    }

    private boolean launched() {
        return new MemoryVmcs(ram, VMCS).launched();
    }

    /** Whether the host has halted behind a VM exit. */
    boolean exited() {
        return cpu.nonRoot == null && cpu.halted && cpu.rip == HOST + 1;
    }

    /** Vector of the handler that halted, or -1. */
    int vector() {
        long at = cpu.rip - 1 - HANDLERS;
        return cpu.halted && at >= 0 && at < 4096 && at % 16 == 0 ? (int) at / 16 : -1;
    }

    /**
     * VM-instruction error of the instruction that failed, 0 without a VMCS, or -1 if it did not.
     */
    long error() {
        boolean valid = Flags.zf(cpu);
        boolean invalid = (Flags.get(cpu) & 1) != 0;
        return valid ? get(VmcsField.INSTRUCTION_ERROR) : invalid ? 0 : -1;
    }
}
