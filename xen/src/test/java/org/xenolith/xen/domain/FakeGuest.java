package org.xenolith.xen.domain;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Supervisor;
import org.xenolith.xen.grant.GrantStatus;
import org.xenolith.xen.hypercall.GuestAbi;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** A guest type for tests: gvas are machine addresses of the domain's frames, gfns are mfns. */
public final class FakeGuest implements GuestType {
    private static final Supervisor NO_SUPERVISOR =
            new Supervisor() {
                @Override
                public void exception(Cpu cpu, int vector, int errorCode) {
                    throw new AssertionError();
                }

                @Override
                public void softwareInterrupt(Cpu cpu, int vector, int length) {
                    throw new AssertionError();
                }

                @Override
                public void syscall(Cpu cpu) {
                    throw new AssertionError();
                }

                @Override
                public void cpuid(Cpu cpu) {
                    throw new AssertionError();
                }
            };

    /** Host addresses at which grants are mapped now. */
    public final List<Long> mappedGrants = new ArrayList<>();

    /** Processors whose upcall was entered, in order, as "id@time". */
    public final List<String> upcalls = new ArrayList<>();

    /** What {@link #mapGrant} answers. */
    public int mapGrantStatus = GrantStatus.OKAY;

    /** How the guest passes arguments. */
    public GuestAbi abi = GuestAbi.X86_64;

    private final Domain domain;

    private FakeGuest(Domain domain) {
        this.domain = domain;
    }

    /** A domain with {@code vcpus} processors, of which the first is online, and 64 pages. */
    public static Domain domain(Machine machine, int domid, int vcpus) {
        Domain domain = new Domain(machine, domid, "test" + domid, new UUID(1, domid), vcpus);
        domain.guest = new FakeGuest(domain);
        for (int id = 0; id < vcpus; id++) {
            domain.addVcpu(id, new Cpu(machine.ram, NO_SUPERVISOR), null);
        }
        for (int k = 0; k < 64; k++) {
            machine.allocateZeroed(domid);
            domain.pages++;
        }
        domain.vcpus[0].initialised = true;
        domain.vcpus[0].bringUp(0);
        return domain;
    }

    /** The {@code k}th page of a domain, as its machine address. */
    public static long page(Domain domain, int k) {
        int left = k;
        for (long mfn = domain.sharedInfo >>> 12; ; mfn++) {
            boolean hidden = mfn == domain.sharedInfo >>> 12 || mfn == domain.grants.frameMfn(0);
            if (domain.frames().owner(mfn) == domain.domid && !hidden && left-- == 0) {
                return mfn << 12;
            }
        }
    }

    @Override
    public GuestMemory memory(Vcpu vcpu) {
        return new Memory();
    }

    @Override
    public void deliverUpcall(Vcpu vcpu) {
        upcalls.add(vcpu.id + "@" + vcpu.cpu.now());
        domain.machine.memory.put8(vcpu.info, 0);
        domain.machine.memory.put64(vcpu.info + 8, 0);
        domain.machine.memory.zero(domain.sharedInfo + 0x800, 512);
    }

    @Override
    public long initialiseVcpu(Vcpu caller, Vcpu target, long gva) {
        return 0;
    }

    @Override
    public long sendNmi(Vcpu target) {
        return 0;
    }

    @Override
    public int mapGrant(
            Vcpu caller, long hostAddress, boolean ptePointer, long mfn, boolean readOnly) {
        if (mapGrantStatus == GrantStatus.OKAY) {
            mappedGrants.add(hostAddress);
        }
        return mapGrantStatus;
    }

    @Override
    public int unmapGrant(
            Vcpu caller, long hostAddress, boolean ptePointer, long mfn, boolean readOnly) {
        return mappedGrants.remove(hostAddress) ? GrantStatus.OKAY : GrantStatus.GENERAL_ERROR;
    }

    @Override
    public long gfnToMfn(long gfn) {
        return gfn;
    }

    @Override
    public String describe(Vcpu vcpu) {
        return "registers of " + vcpu + "\n";
    }

    private final class Memory implements GuestMemory {
        @Override
        public GuestAbi abi() {
            return abi;
        }

        private void check(long gva, int length) throws GuestFault {
            if (!domain.machine.ram.contains(gva, length)) {
                throw GuestFault.INSTANCE;
            }
            for (long mfn = gva >>> 12; mfn <= gva + Math.max(length, 1) - 1 >>> 12; mfn++) {
                if (domain.frames().owner(mfn) != domain.domid) {
                    throw GuestFault.INSTANCE;
                }
            }
        }

        @Override
        public void read(long gva, byte[] dst, int offset, int length) throws GuestFault {
            check(gva, length);
            domain.machine.ram.read(gva, dst, offset, length);
        }

        @Override
        public void write(long gva, byte[] src, int offset, int length) throws GuestFault {
            check(gva, length);
            domain.machine.ram.write(gva, src, offset, length);
        }

        @Override
        public int read32(long gva) throws GuestFault {
            check(gva, 4);
            return domain.machine.ram.get32(gva);
        }

        @Override
        public long read64(long gva) throws GuestFault {
            check(gva, 8);
            return domain.machine.ram.get64(gva);
        }

        @Override
        public void write32(long gva, int value) throws GuestFault {
            check(gva, 4);
            domain.machine.ram.put32(gva, value);
        }

        @Override
        public void write64(long gva, long value) throws GuestFault {
            check(gva, 8);
            domain.machine.ram.put64(gva, value);
        }
    }
}
