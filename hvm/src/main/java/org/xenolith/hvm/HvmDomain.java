package org.xenolith.hvm;

import org.xenolith.cpu.apic.LocalApic;
import org.xenolith.cpu.engine.Interpreter;
import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.model.Feature;
import org.xenolith.cpu.msr.Msrs;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.ExitReason;
import org.xenolith.cpu.system.NativeSupervisor;
import org.xenolith.cpu.system.ProcessorReset;
import org.xenolith.cpu.system.RegisterDump;
import org.xenolith.cpu.vmx.Controls;
import org.xenolith.cpu.vmx.JavaRoot;
import org.xenolith.cpu.vmx.Vmcs;
import org.xenolith.cpu.vmx.VmcsField;
import org.xenolith.hvm.exit.ExitHandler;
import org.xenolith.hvm.exit.HvmCpuid;
import org.xenolith.hvm.ops.HvmHypercalls;
import org.xenolith.hvm.ops.HvmParams;
import org.xenolith.hvm.p2m.HvmGuestMemory;
import org.xenolith.hvm.p2m.HvmMemory;
import org.xenolith.hvm.platform.Platform;
import org.xenolith.hvm.vcpu.CallbackVia;
import org.xenolith.hvm.vcpu.HvmVcpu;
import org.xenolith.hvm.vcpu.VcpuHvmContext;
import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.GuestMemory;
import org.xenolith.xen.domain.GuestType;
import org.xenolith.xen.domain.Machine;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.ops.PhysicalMap;

import java.util.Comparator;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** An HVM or PVH domain: its processors in non-root operation, its memory, its hypercalls. */
public final class HvmDomain implements GuestType {
    /**
     * XENVER_get_features of a translated domain of Xen 4.17: writable page tables, translated, PAE
     * above 4 GiB, callback vector, safe pvclock, memory operations of its own.
     */
    private static final int FEATURES = 0x12305;

    /** RAM below 4 GiB ends here at the latest: what the MTRRs make write-back. */
    private static final long LOW_MEMORY_END = 0xf0000000L;

    private static final int PIN_BASED =
            Controls.EXTERNAL_INTERRUPT_EXITING | Controls.NMI_EXITING | Controls.VIRTUAL_NMIS;
    private static final int PRIMARY =
            Controls.HLT_EXITING
                    | Controls.UNCONDITIONAL_IO_EXITING
                    | Controls.USE_MSR_BITMAPS
                    | Controls.SECONDARY_CONTROLS;
    private static final int SECONDARY =
            Controls.ENABLE_EPT
                    | Controls.ENABLE_VPID
                    | Controls.UNRESTRICTED_GUEST
                    | Controls.ENABLE_RDTSCP
                    | Controls.ENABLE_INVPCID
                    | Controls.ENABLE_XSAVES;

    public final Domain domain;
    public final HvmMemory memory;
    public final HvmParams params = new HvmParams();

    /** What XENMEM_memory_map tells. */
    public final PhysicalMap physicalMap = new PhysicalMap();

    private final Platform platform;
    private final CallbackVia callback;
    private final HvmVcpu[] vcpus;
    private final GuestMemory[] views;

    /**
     * Makes a domain with processors and without memory.
     *
     * @param domid 1..0x7fef, not in use
     * @param count of processors
     * @param model what CPUID says, without VMX
     * @throws IllegalStateException if the machine has too few frames
     */
    public HvmDomain(
            Machine machine,
            int domid,
            String name,
            UUID uuid,
            int count,
            CpuModel model,
            Platform platform) {
        this.platform = platform;
        domain = new Domain(machine, domid, name, uuid, count);
        domain.guest = this;
        domain.features = FEATURES;
        memory = new HvmMemory(domain);
        callback = new CallbackVia(platform);
        vcpus = new HvmVcpu[count];
        views = new GuestMemory[count];
        HvmCpuid cpuid = new HvmCpuid(model, domid, count);
        long msrBitmap = new MsrBitmap(domain).maddr();
        for (int id = 0; id < count; id++) {
            addVcpu(id, model, cpuid, msrBitmap);
        }
        platform.attachBootProcessor(vcpus[0].apic);
    }

    private void addVcpu(int id, CpuModel model, HvmCpuid cpuid, long msrBitmap) {
        Machine machine = domain.machine;
        NativeSupervisor supervisor =
                new NativeSupervisor(
                        cpuid,
                        c -> {
                            throw new IllegalStateException("triple fault without an exit");
                        },
                        model.signature());
        Cpu cpu = new Cpu(machine.ram, supervisor);
        cpu.number = HvmVcpu.apicId(id);
        cpu.bootstrap = id == 0;
        cpu.random.seed((long) domain.domid << 32 | id);
        Msrs msrs = new Msrs(cpu, model);
        cpu.msrs = msrs;
        model.configure(cpu);
        ProcessorReset.powerOn(cpu, model.signature());
        msrs.powerOn();
        msrs.memoryTypes().enable(LOW_MEMORY_END);
        cpu.waitsForStartup = id > 0;
        ExitHandler handler = new ExitHandler(cpuid, memory, platform.server());
        JavaRoot root = new JavaRoot(cpu, supervisor, handler);
        Vcpu vcpu = domain.addVcpu(id, cpu, new Interpreter(cpu, machine.codeCache));
        vcpu.setUpcallMask(false);
        HvmVcpu.Parts parts =
                new HvmVcpu.Parts(
                        vcpu,
                        root,
                        model.signature(),
                        new LocalApic.Features(
                                model.has(Feature.X2APIC),
                                model.has(Feature.TSC_DEADLINE),
                                model.physicalBits()));
        HvmVcpu v = new HvmVcpu(parts, platform.apicBus(), platform::acknowledge, callback);
        handler.attach(v);
        vcpus[id] = v;
        views[id] = new HvmGuestMemory(vcpu);
        prepare(v.vmcs, msrBitmap, id);
        root.launch(v.vmcs);
    }

    private void prepare(Vmcs vmcs, long msrBitmap, int id) {
        vmcs.write(VmcsField.PIN_BASED_CONTROLS, PIN_BASED);
        vmcs.write(VmcsField.PROCESSOR_BASED_CONTROLS, PRIMARY);
        vmcs.write(VmcsField.SECONDARY_CONTROLS, SECONDARY);
        vmcs.write(VmcsField.MSR_BITMAPS, msrBitmap);
        vmcs.write(VmcsField.EPT_POINTER, memory.p2m().eptPointer());
        vmcs.write(VmcsField.VPID, id + 1L);
        vmcs.write(VmcsField.VMCS_LINK_POINTER, -1);
    }

    /**
     * Registers the hypercalls and brings the first processor up, whose registers the builder has
     * set.
     *
     * @param highestGfn the highest guest frame number in use
     */
    public void start(long highestGfn) {
        HvmHypercalls.register(domain, vcpus, memory, physicalMap, params, callback, highestGfn);
        Vcpu first = domain.vcpus[0];
        first.initialised = true;
        first.bringUp(domain.machine.now());
    }

    /** A processor. */
    public HvmVcpu vcpu(int id) {
        return vcpus[id];
    }

    @Override
    public GuestMemory memory(Vcpu vcpu) {
        return views[vcpu.id];
    }

    /** Done at the next exit, which {@link #upcallRaised} has asked for. */
    @Override
    public void deliverUpcall(Vcpu vcpu) {}

    @Override
    public void upcallRaised(Vcpu vcpu) {
        HvmVcpu v = vcpus[vcpu.id];
        if (v != null) {
            v.upcallRaised();
        }
    }

    @Override
    public long initialiseVcpu(Vcpu caller, Vcpu target, long gva) throws GuestFault {
        byte[] context = new byte[VcpuHvmContext.LENGTH];
        caller.memory().read(gva, context, 0, context.length);
        return vcpus[target.id].initialise(new VcpuHvmContext(context));
    }

    @Override
    public long sendNmi(Vcpu target) {
        vcpus[target.id].signalNmi();
        return 0;
    }

    @Override
    public int mapGrant(
            Vcpu caller, long hostAddress, boolean ptePointer, long mfn, boolean readOnly) {
        return memory.mapGrant(hostAddress, mfn, readOnly);
    }

    @Override
    public int unmapGrant(
            Vcpu caller, long hostAddress, boolean ptePointer, long mfn, boolean readOnly) {
        return memory.unmapGrant(hostAddress, mfn, readOnly);
    }

    @Override
    public long gfnToMfn(long gfn) {
        return memory.p2m().mfn(gfn);
    }

    @Override
    public String describe(Vcpu vcpu) {
        HvmVcpu v = vcpus[vcpu.id];
        return RegisterDump.of(v.cpu) + "VMCS:\n" + v.root.withGuestState().dump();
    }

    /** How many exits there were, by reason, the most frequent first; one reason a line. */
    public String exitStatistics() {
        long[] sums = new long[vcpus[0].exits.length];
        for (HvmVcpu v : vcpus) {
            for (int reason = 0; reason < sums.length; reason++) {
                sums[reason] += v.exits[reason];
            }
        }
        return IntStream.range(0, sums.length)
                .filter(reason -> sums[reason] > 0)
                .boxed()
                .sorted(Comparator.comparingLong(reason -> -sums[reason]))
                .map(reason -> "%,d exits by %s".formatted(sums[reason], ExitReason.name(reason)))
                .collect(Collectors.joining("\n"));
    }

    @Override
    public void destroy() {
        memory.destroy();
    }
}
