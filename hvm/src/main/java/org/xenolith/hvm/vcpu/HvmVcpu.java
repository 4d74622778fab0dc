package org.xenolith.hvm.vcpu;

import org.xenolith.cpu.apic.ApicBus;
import org.xenolith.cpu.apic.LocalApic;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.NonRoot;
import org.xenolith.cpu.state.ProcessorPins;
import org.xenolith.cpu.system.ProcessorReset;
import org.xenolith.cpu.vmx.JavaRoot;
import org.xenolith.cpu.vmx.Vmcs;
import org.xenolith.hvm.io.IoRequest;
import org.xenolith.xen.domain.Vcpu;

import java.util.function.IntSupplier;

/**
 * A processor of a translated guest: in non-root operation, with a local APIC that the hypervisor
 * emulates, and whose interrupts it injects.
 */
public final class HvmVcpu implements ProcessorPins {
    private static final int NMI = 2;

    public final Vcpu vcpu;
    public final Cpu cpu;
    public final JavaRoot root;
    public final Vmcs vmcs = Vmcs.inJava();
    public final LocalApic apic;

    /** The access to a device at hand. */
    public final IoRequest request = new IoRequest();

    /** Exits so far, by basic reason. */
    public final long[] exits = new long[70];

    private final CallbackVia callback;
    private final int signature;
    private int upcallVector;
    private boolean interrupt;
    private boolean nmi;
    private boolean init;

    /**
     * What a processor is made of.
     *
     * @param vcpu its place in the hypervisor
     * @param root its non-root operation
     * @param signature family, model and stepping, which EDX holds after INIT
     * @param features of its APIC
     */
    public record Parts(Vcpu vcpu, JavaRoot root, int signature, LocalApic.Features features) {}

    /**
     * A processor that has been reset.
     *
     * @param bus between the domain's APICs
     * @param pic INTA cycle of the domain's 8259s
     */
    public HvmVcpu(Parts parts, ApicBus bus, IntSupplier pic, CallbackVia callback) {
        vcpu = parts.vcpu();
        cpu = vcpu.cpu;
        root = parts.root();
        signature = parts.signature();
        this.callback = callback;
        apic =
                new LocalApic(
                        cpu,
                        apicId(vcpu.id),
                        this,
                        bus,
                        vcpu.domain.machine.timers,
                        pic,
                        parts.features());
        cpu.interruptController = apic;
    }

    /** APIC id of a processor: as on Xen, two apart. */
    public static int apicId(int vcpu) {
        return 2 * vcpu;
    }

    // ---- events --------------------------------------------------------------------------------

    /** Gives the processor a vector of its own for upcalls. */
    public void upcallVector(int vector) {
        upcallVector = vector;
        if (upcallPending()) {
            upcallRaised();
        }
    }

    private boolean upcallPending() {
        return vcpu.domain.events.upcallPending(vcpu);
    }

    /** An upcall has become pending. */
    public void upcallRaised() {
        if (upcallVector != 0) {
            apic.interrupt(upcallVector);
        } else if (callback.vector() >= 0) {
            attend();
        } else if (vcpu.id == 0) {
            callback.update(true);
        }
    }

    /** Whether an upcall is to be injected past the APIC. */
    private boolean callbackPending() {
        return upcallVector == 0 && callback.vector() >= 0 && upcallPending();
    }

    // ---- the APIC's side -----------------------------------------------------------------------

    @Override
    public void signalInterrupt(boolean high) {
        interrupt = high;
        if (high) {
            attend();
        }
    }

    @Override
    public void signalNmi() {
        nmi = true;
        attend();
    }

    @Override
    public void signalSmi() {
        // there is no system-management mode
    }

    @Override
    public void signalInit() {
        if (vcpu.domain.machine.running == vcpu) {
            init = true;
            attend();
        } else {
            initialise();
        }
    }

    @Override
    public void signalStartup(int page) {
        if (cpu.waitsForStartup) {
            ProcessorReset.startUp(cpu, page & 0xff);
            vcpu.initialised = true;
            vcpu.bringUp(vcpu.domain.machine.now());
            if (callbackPending()) {
                attend();
            }
        }
    }

    /** {@inheritDoc} What came before is in shared memory, and is heard of now. */
    @Override
    public void apicEnabled() {
        if (upcallVector != 0 && upcallPending()) {
            apic.interrupt(upcallVector);
        }
    }

    @Override
    public long now() {
        return vcpu.domain.machine.now();
    }

    /**
     * VCPUOP_initialise: gives a processor that does not run its registers.
     *
     * @return 0, or -EINVAL, which leaves it as after INIT
     */
    public int initialise(VcpuHvmContext context) {
        ProcessorReset.init(cpu, signature, true);
        int result = context.load(cpu);
        if (result != 0) {
            ProcessorReset.init(cpu, signature, true);
        }
        return result;
    }

    private void initialise() {
        init = false;
        vcpu.initialised = false;
        ProcessorReset.init(cpu, signature, true);
        vcpu.takeDown();
    }

    /** Has the processor look at its interrupts at the next instruction boundary. */
    private void attend() {
        cpu.pins |= Cpu.PIN_INTR;
        cpu.attend();
        vcpu.wake();
    }

    // ---- at an exit ----------------------------------------------------------------------------

    /** The guest has executed: what it has seen to by itself is done before its exit is handled. */
    public void afterExit() {
        driveCallback();
    }

    private void driveCallback() {
        if (vcpu.id == 0 && callback.byLine()) {
            callback.update(upcallPending());
        }
    }

    /** Whether something would be injected if the guest let it. */
    public boolean eventPending() {
        return nmi && !cpu.nmiBlocked
                || (interrupt || callbackPending()) && (cpu.eflags & Flags.IF) != 0;
    }

    /** Chooses what the entry that follows an exit injects. */
    public void beforeEntry() {
        if (init) {
            cpu.pins &= ~Cpu.PIN_INTR;
            initialise();
            return;
        }
        driveCallback();
        boolean shadow = cpu.instructions < cpu.shadowUntil;
        if (nmi && !root.injects() && !cpu.nmiBlocked && !shadow) {
            nmi = false;
            root.inject(NMI, NonRoot.TYPE_NMI, -1);
        }
        boolean open = (cpu.eflags & Flags.IF) != 0 && !shadow && !root.injects();
        if (open && (interrupt || callbackPending())) {
            int vector = callbackPending() ? callback.vector() : apic.acknowledge();
            if (vector >= 0) {
                root.inject(vector, NonRoot.TYPE_EXTERNAL, -1);
            }
        }
        root.interruptWindow(interrupt || callbackPending() && !root.injects());
        // an NMI that waits for the end of another is looked for at every boundary
        cpu.pins = nmi ? cpu.pins | Cpu.PIN_INTR : cpu.pins & ~Cpu.PIN_INTR;
    }
}
