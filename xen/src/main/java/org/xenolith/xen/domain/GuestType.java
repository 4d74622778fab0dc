package org.xenolith.xen.domain;

/**
 * What differs between kinds of domains (PV, PVH, HVM), as far as the common hypervisor must know.
 * Implemented in the {@code pv} and {@code hvm} modules; one instance serves one domain.
 */
public interface GuestType {
    /** The guest's memory as {@code vcpu}'s kernel sees it now. */
    GuestMemory memory(Vcpu vcpu);

    /**
     * Makes {@code vcpu} enter its event upcall. Called between instructions, only when an upcall
     * is pending and not masked.
     */
    void deliverUpcall(Vcpu vcpu);

    /** An upcall has become pending for {@code vcpu}, masked or not. */
    default void upcallRaised(Vcpu vcpu) {}

    /**
     * VCPUOP_initialise: reads the context at {@code gva} and prepares an offline vCPU.
     *
     * @return 0 or a negated error number
     */
    long initialiseVcpu(Vcpu caller, Vcpu target, long gva) throws GuestFault;

    /** VCPUOP_send_nmi for {@code target}. Returns 0 or a negated error number. */
    long sendNmi(Vcpu target);

    /**
     * Maps a frame into the guest at a host address for a grant, or removes it. For PV, {@code
     * hostAddress} is a gva, or the maddr of a PTE when {@code ptePointer} is set.
     *
     * <p>The caller holds the frame's references for as long as the grant is mapped; the entry that
     * maps it counts nothing by itself.
     *
     * @return a grant status, {@code GNTST_*}, 0 for success (public/grant_table.h)
     */
    int mapGrant(Vcpu caller, long hostAddress, boolean ptePointer, long mfn, boolean readOnly);

    /** Reverses {@link #mapGrant}; {@code mfn} is the frame that must be mapped there. */
    int unmapGrant(Vcpu caller, long hostAddress, boolean ptePointer, long mfn, boolean readOnly);

    /** Machine frame behind a guest frame number, or -1 (identity for PV, whose gfns are mfns). */
    long gfnToMfn(long gfn);

    /** Registers, stack words and other facts for a crash record, as lines of text. */
    String describe(Vcpu vcpu);

    /** The domain goes away: forgets what this object keeps. All its frames are freed anyway. */
    default void destroy() {}
}
