package org.xenolith.cpu.vmx;

import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.VmxOperation;
import org.xenolith.cpu.system.NativeSupervisor;
import org.xenolith.cpu.time.TimerQueue;

/**
 * VMX for software that runs on the processor: VMXON, the current VMCS and access to its fields
 * (SDM vol. 3C, 25.10, 25.11 and chapter 31). VM entries are the business of {@link SoftwareRoot}.
 */
public final class SoftwareVmx extends VmxOperation {
    // VM-instruction error numbers (SDM vol. 3C, 31.4)
    private static final int CALL_IN_ROOT = 1;
    private static final int CLEAR_ADDRESS = 2;
    private static final int CLEAR_REGION = 3;
    private static final int LAUNCH_NOT_CLEAR = 4;
    private static final int RESUME_NOT_LAUNCHED = 5;
    static final int BAD_CONTROLS = 7;
    static final int BAD_HOST_STATE = 8;
    private static final int LOAD_ADDRESS = 9;
    private static final int LOAD_REGION = 10;
    private static final int LOAD_REVISION = 11;
    private static final int NO_FIELD = 12;
    private static final int ON_IN_ROOT = 15;
    private static final int BLOCKED_BY_MOV_SS = 26;
    private static final int BAD_INVALIDATION = 28;

    private static final long NONE = -1;

    private final Cpu cpu;
    private final Capabilities capabilities;
    private final SoftwareRoot root;
    private long region = NONE;
    private MemoryVmcs current;

    private SoftwareVmx(Cpu cpu, Capabilities capabilities, SoftwareRoot root) {
        this.cpu = cpu;
        this.capabilities = capabilities;
        this.root = root;
    }

    /**
     * Gives a processor VMX, if its model has it.
     *
     * @param supervisor the processor's own
     * @param timers of the machine, for the preemption timer
     */
    public static void attach(
            Cpu cpu, CpuModel model, NativeSupervisor supervisor, TimerQueue timers) {
        Capabilities capabilities = new Capabilities(model);
        SoftwareRoot root = new SoftwareRoot(cpu, supervisor, capabilities, timers);
        cpu.vmx = new SoftwareVmx(cpu, capabilities, root);
        cpu.cr4Allowed |= Cpu.CR4_VMXE;
    }

    @Override
    public void powerOn() {
        root.reset();
        on = false;
        featureControl = 0;
        region = NONE;
        current = null;
        cpu.cr0Required = 0;
        cpu.cr4Required = 0;
    }

    // ---- how instructions end ------------------------------------------------------------------

    private void failInvalid() {
        Flags.setArithmetic(cpu, Flags.CF);
    }

    /** VMfail: VMfailValid with that number where there is a VMCS to write it to. */
    private void fail(int error) {
        if (accessed() == null) {
            failInvalid();
        } else {
            current.store(VmcsField.INSTRUCTION_ERROR, error);
            Flags.setArithmetic(cpu, Flags.ZF);
        }
    }

    private boolean isPage(long address) {
        return (address & PhysicalMemory.PAGE_SIZE - 1) == 0
                && address >>> cpu.walker.physicalBits == 0;
    }

    /** The current VMCS; for a guest that one which its hypervisor shows it; or null. */
    private MemoryVmcs accessed() {
        if (cpu.nonRoot == null) {
            return current;
        }
        long link = current.read(VmcsField.VMCS_LINK_POINTER);
        return link == NONE ? null : new MemoryVmcs(cpu.ram, link);
    }

    /** Whether RAM at a page holds our revision identifier; what is no RAM reads as all ones. */
    private boolean hasRevision(long page, int ignored) {
        return cpu.ram.contains(page, PhysicalMemory.PAGE_SIZE)
                && (cpu.ram.get32(page) & ~ignored) == MemoryVmcs.REVISION;
    }

    // ---- entering and leaving VMX operation ----------------------------------------------------

    @Override
    public void on(long address) {
        if (on) {
            fail(ON_IN_ROOT);
            return;
        }
        long required = capabilities.cr0Required();
        long needed = LOCKED | ENABLED;
        if ((cpu.cr0 & required) != required || (featureControl & needed) != needed) {
            throw cpu.generalProtection();
        }
        if (!isPage(address) || !hasRevision(address, 0)) {
            failInvalid();
            return;
        }
        on = true;
        region = address;
        current = null;
        restrict();
        succeed(cpu);
    }

    /** Root operation keeps some bits of the control registers set. */
    private void restrict() {
        cpu.cr0Required = capabilities.cr0Required();
        cpu.cr4Required = capabilities.cr4Required();
    }

    @Override
    public void off() {
        on = false;
        region = NONE;
        current = null;
        cpu.cr0Required = 0;
        cpu.cr4Required = 0;
        succeed(cpu);
    }

    /** {@inheritDoc} Guest state is that of the last VM exit. */
    @Override
    public String describe() {
        if (!on) {
            return "";
        }
        String operation = cpu.nonRoot == null ? "root operation" : "non-root operation";
        return current == null
                ? "VMX " + operation + ", no current VMCS\n"
                : "VMX %s, VMCS at %x:%n%s".formatted(operation, current.region, current.dump());
    }

    @Override
    public void call() {
        fail(CALL_IN_ROOT);
    }

    // ---- the current VMCS ----------------------------------------------------------------------

    @Override
    public void clear(long address) {
        if (!isPage(address)) {
            fail(CLEAR_ADDRESS);
        } else if (address == region) {
            fail(CLEAR_REGION);
        } else {
            if (cpu.ram.contains(address, PhysicalMemory.PAGE_SIZE)) {
                MemoryVmcs.setLaunched(cpu.ram, address, false);
            }
            if (current != null && current.region == address) {
                current = null;
            }
            succeed(cpu);
        }
    }

    @Override
    public void load(long address) {
        if (!isPage(address)) {
            fail(LOAD_ADDRESS);
        } else if (address == region) {
            fail(LOAD_REGION);
        } else if (!hasRevision(address, MemoryVmcs.SHADOW)) {
            fail(LOAD_REVISION);
        } else {
            current = new MemoryVmcs(cpu.ram, address);
            succeed(cpu);
        }
    }

    @Override
    public long pointer() {
        return current == null ? NONE : current.region;
    }

    /** The field of an encoding, or null where there is none, or no upper half of it. */
    private VmcsField field(long encoding) {
        VmcsField field = VmcsField.of(encoding);
        boolean high = (encoding & 1) != 0;
        boolean known =
                field != null
                        && capabilities.has(field)
                        && (!high || field.width() == VmcsField.WIDTH_64);
        return known ? field : null;
    }

    @Override
    public boolean read(long encoding) {
        MemoryVmcs from = accessed();
        VmcsField field = from == null ? null : field(encoding);
        if (field == null) {
            fail(NO_FIELD);
            return false;
        }
        long whole = from.read(field);
        value = (encoding & 1) != 0 ? whole >>> 32 : whole;
        succeed(cpu);
        return true;
    }

    @Override
    public void write(long encoding, long newValue) {
        MemoryVmcs to = accessed();
        VmcsField field = to == null ? null : field(encoding);
        if (field == null) {
            fail(NO_FIELD);
            return;
        }
        boolean high = (encoding & 1) != 0;
        long low = high ? to.read(field) & 0xffffffffL : 0;
        to.store(field, high ? newValue << 32 | low : newValue);
        succeed(cpu);
    }

    // ---- entry and invalidation ----------------------------------------------------------------

    @Override
    public void enter(boolean launch) {
        if (current == null || current.shadow()) {
            failInvalid();
        } else if (cpu.instructions <= cpu.debugShadowUntil) { // this instruction counts already
            fail(BLOCKED_BY_MOV_SS);
        } else if (launch && current.launched()) {
            fail(LAUNCH_NOT_CLEAR);
        } else if (!launch && !current.launched()) {
            fail(RESUME_NOT_LAUNCHED);
        } else {
            int error = root.enter(current, launch);
            if (error != 0) {
                fail(error);
            }
        }
    }

    @Override
    public void invalidateEpt(long type, long eptp) {
        finish(EptVpid.invept(cpu, type, eptp));
    }

    @Override
    public void invalidateVpid(long type, long vpid, long address) {
        finish(EptVpid.invvpid(cpu, type, vpid, address));
    }

    private void finish(boolean done) {
        if (done) {
            succeed(cpu);
        } else {
            fail(BAD_INVALIDATION);
        }
    }
}
