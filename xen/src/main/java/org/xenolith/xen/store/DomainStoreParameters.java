package org.xenolith.xen.store;

import java.util.UUID;

/**
 * What the tree of a guest says about it.
 *
 * @param domid the guest's domain number, from 1
 * @param name the guest's name
 * @param uuid its UUID, which names its node below /vm
 * @param targetKiB memory that the guest should use, in KiB
 * @param staticMaxKiB memory that it can never exceed, in KiB
 * @param vcpus its vCPUs, all online
 * @param store port and frame of the ring to the store
 * @param console port and frame of the ring to the console
 * @param consoleTty the host terminal named for the console, may be empty
 * @param image what the guest was started from
 */
public record DomainStoreParameters(
        int domid,
        String name,
        UUID uuid,
        long targetKiB,
        long staticMaxKiB,
        int vcpus,
        Ring store,
        Ring console,
        String consoleTty,
        Image image) {

    /**
     * Where a ring is.
     *
     * @param port event channel port of the guest
     * @param frame number written as ring-ref, the machine frame for a PV guest
     */
    public record Ring(int port, long frame) {}

    /**
     * What a guest was started from. A guest can read all of it.
     *
     * @param osType {@code linux} for PV and PVH guests, {@code hvm} for HVM ones
     * @param kernel name of the kernel
     * @param ramdisk name of the ramdisk, or null
     * @param commandLine kernel command line, or null
     * @param startTime time of the start in seconds since 1970 with two decimals
     */
    public record Image(
            String osType, String kernel, String ramdisk, String commandLine, String startTime) {}
}
