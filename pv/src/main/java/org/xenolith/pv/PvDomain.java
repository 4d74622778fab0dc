package org.xenolith.pv;

import org.xenolith.cpu.engine.Interpreter;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.pv.build.HypercallPage;
import org.xenolith.pv.build.PvBuildException;
import org.xenolith.pv.build.PvBuildParams;
import org.xenolith.pv.build.PvBuilder;
import org.xenolith.pv.build.PvImage;
import org.xenolith.pv.mm.PvMachine;
import org.xenolith.pv.mm.PvMemory;
import org.xenolith.pv.trap.PhysdevHypercall;
import org.xenolith.pv.trap.ProcessorHypercalls;
import org.xenolith.pv.trap.PvSupervisor;
import org.xenolith.pv.trap.TrapHypercalls;
import org.xenolith.pv.trap.VcpuContext;
import org.xenolith.pv.trap.cpuid.CpuidPolicy;
import org.xenolith.pv.trap.state.VcpuState;
import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.GuestMemory;
import org.xenolith.xen.domain.GuestType;
import org.xenolith.xen.domain.Machine;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.ops.CommonHypercalls;

import java.util.UUID;

/**
 * A 64-bit PV domain: its processors with their supervisors, its memory, its hypercalls.
 *
 * <p>Made in two steps, because the event channels that {@link PvBuildParams} names are allocated
 * between them: {@link #create}, then {@link #build}, after which vCPU 0 is ready to run.
 */
public final class PvDomain implements GuestType {
    public final Domain domain;

    private final PvMachine machine;
    private final VcpuState[] states;
    private PvMemory memory;

    private PvDomain(PvMachine machine, Domain domain) {
        this.machine = machine;
        this.domain = domain;
        this.states = new VcpuState[domain.vcpus.length];
    }

    /**
     * Makes a domain with processors and without memory.
     *
     * @param domid 1..0x7fef, not in use
     * @param vcpus 1 to {@link Domain#MAX_VCPUS}
     * @throws IllegalStateException if the machine has no frame left for shared_info
     */
    public static PvDomain create(PvMachine machine, int domid, String name, UUID uuid, int vcpus) {
        Machine host = machine.machine;
        Domain domain = new Domain(host, domid, name, uuid, vcpus);
        PvDomain pv = new PvDomain(machine, domain);
        domain.guest = pv;
        for (int id = 0; id < vcpus; id++) {
            Cpu cpu = new Cpu(host.ram, new PvSupervisor());
            cpu.random.seed((long) domid << 32 | id);
            Vcpu vcpu = domain.addVcpu(id, cpu, new Interpreter(cpu, host.codeCache));
            pv.states[id] = new VcpuState(vcpu);
        }
        return pv;
    }

    /**
     * Loads a kernel, registers the hypercalls and brings vCPU 0 up.
     *
     * @throws PvBuildException if the kernel cannot be started as a PV guest of this size
     */
    public PvImage build(PvBuildParams params) throws PvBuildException {
        PvImage image = new PvBuilder(machine).build(domain, params);
        attach(image.memory());
        states[0].kernelSp = image.initialStack();
        domain.vcpus[0].initialised = true;
        domain.vcpus[0].bringUp(domain.machine.now());
        return image;
    }

    /** Gives the processors' supervisors their memory and the domain its hypercalls. */
    void attach(PvMemory domainMemory) {
        memory = domainMemory;
        CommonHypercalls.register(domain);
        memory.register(domain.hypercalls);
        TrapHypercalls.register(domain.hypercalls);
        ProcessorHypercalls.register(domain, memory);
        PhysdevHypercall.register(domain.hypercalls, memory);
        CpuidPolicy policy = new CpuidPolicy(domain.machine.ram.frames());
        for (VcpuState state : states) {
            supervisor(state.vcpu).attach(state, memory, policy, this::fillHypercallPage);
        }
    }

    private static PvSupervisor supervisor(Vcpu vcpu) {
        return (PvSupervisor) vcpu.cpu.supervisor;
    }

    private boolean fillHypercallPage(long mfn) {
        if (!domain.frames().referenceWritable(mfn, domain.domid)) {
            return false;
        }
        byte[] stubs = HypercallPage.pv64();
        domain.machine.memory.write(mfn << 12, stubs, 0, stubs.length);
        domain.frames().releaseType(mfn);
        domain.frames().release(mfn);
        return true;
    }

    @Override
    public GuestMemory memory(Vcpu vcpu) {
        return memory.guestMemory(vcpu);
    }

    @Override
    public void deliverUpcall(Vcpu vcpu) {
        supervisor(vcpu).deliverUpcall();
    }

    @Override
    public long initialiseVcpu(Vcpu caller, Vcpu target, long gva) throws GuestFault {
        byte[] context = new byte[VcpuContext.LENGTH];
        memory(caller).read(gva, context, 0, context.length);
        return new VcpuContext(context).load(target, memory);
    }

    @Override
    public long sendNmi(Vcpu target) {
        supervisor(target).sendNmi();
        return 0;
    }

    @Override
    public int mapGrant(
            Vcpu caller, long hostAddress, boolean ptePointer, long mfn, boolean readOnly) {
        return memory.mapGrant(caller, hostAddress, ptePointer, mfn, readOnly);
    }

    @Override
    public int unmapGrant(
            Vcpu caller, long hostAddress, boolean ptePointer, long mfn, boolean readOnly) {
        return memory.unmapGrant(caller, hostAddress, ptePointer, mfn, readOnly);
    }

    @Override
    public long gfnToMfn(long gfn) {
        return gfn;
    }

    @Override
    public String describe(Vcpu vcpu) {
        return RegisterDump.of(states[vcpu.id]);
    }

    @Override
    public void destroy() {
        if (memory != null) {
            memory.destroy();
        }
    }
}
