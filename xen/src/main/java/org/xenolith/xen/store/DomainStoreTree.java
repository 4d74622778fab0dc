package org.xenolith.xen.store;

/**
 * The nodes that a toolstack writes about domains, in the order and with the permissions of xl.
 *
 * <p>A guest can read what describes it and write only where it announces something: the shutdown
 * protocol, its features and its own data.
 */
public final class DomainStoreTree {
    private static final int CONTROL_DOMAIN = Permissions.CONTROL_DOMAIN;
    private static final String CONSOLE_LIMIT = "1048576";

    private final XenStore store;

    /** Writes to {@code store}. */
    public DomainStoreTree(XenStore store) {
        this.store = store;
    }

    /** Writes what is there before the first guest: the control domain and the store itself. */
    public void writeBase() {
        writing(
                () -> {
                    store.mkdir("/tool/xenstored");
                    String home = StorePath.home(CONTROL_DOMAIN);
                    store.write(home + "/domid", Integer.toString(CONTROL_DOMAIN));
                    store.write(home + "/name", "Domain-0");
                });
    }

    /** Writes the tree of a guest, in place of what was there under its number and UUID. */
    public void writeDomain(DomainStoreParameters guest) {
        writing(
                () -> {
                    String home = StorePath.home(guest.domid());
                    String vm = vmPath(guest);
                    store.mkdir("/local/domain");
                    store.mkdir("/vm");
                    store.rm(home);
                    store.rm(vm);
                    Permissions readable = Permissions.readableBy(CONTROL_DOMAIN, guest.domid());
                    Permissions own = Permissions.ownedBy(guest.domid());
                    make(home, readable);
                    make(vm, readable);
                    writeSkeleton(home, vm, guest.name(), own);
                    writeVm(vm, guest);
                    writeResources(home, guest);
                    writeConsole(home, guest);
                });
    }

    private void writeSkeleton(String home, String vm, String name, Permissions own)
            throws StoreException {
        store.write(home + "/vm", vm);
        store.write(home + "/name", name);
        store.mkdir(home + "/cpu");
        store.mkdir(home + "/memory");
        store.mkdir(home + "/device");
        make(home + "/device/suspend/event-channel", own);
        store.mkdir(home + "/control");
        make(home + "/control/shutdown", own);
        make(home + "/control/feature-poweroff", own);
        make(home + "/control/feature-reboot", own);
        make(home + "/control/feature-suspend", own);
        make(home + "/control/sysrq", own);
        make(home + "/data", own);
        make(home + "/drivers", own);
        make(home + "/feature", own);
        make(home + "/attr", own);
        make(home + "/error", own);
        store.write(home + "/control/platform-feature-multiprocessor-suspend", "1");
        store.write(home + "/control/platform-feature-xs_reset_watches", "1");
    }

    private void writeVm(String vm, DomainStoreParameters guest) throws StoreException {
        DomainStoreParameters.Image image = guest.image();
        store.write(vm + "/uuid", guest.uuid().toString());
        store.write(vm + "/name", guest.name());
        store.write(vm + "/image/ostype", image.osType());
        store.write(vm + "/image/kernel", image.kernel());
        store.write(vm + "/start_time", image.startTime());
        if (image.ramdisk() != null) {
            store.write(vm + "/image/ramdisk", image.ramdisk());
        }
        if (image.commandLine() != null) {
            store.write(vm + "/image/cmdline", image.commandLine());
        }
    }

    private void writeResources(String home, DomainStoreParameters guest) throws StoreException {
        store.write(home + "/memory/static-max", Long.toString(guest.staticMaxKiB()));
        store.write(home + "/memory/target", Long.toString(guest.targetKiB()));
        store.write(home + "/memory/videoram", "0");
        store.write(home + "/domid", Integer.toString(guest.domid()));
        store.write(home + "/store/port", Integer.toString(guest.store().port()));
        store.write(home + "/store/ring-ref", Long.toString(guest.store().frame()));
        for (int cpu = 0; cpu < guest.vcpus(); cpu++) {
            store.write(home + "/cpu/" + cpu + "/availability", "online");
        }
    }

    private void writeConsole(String home, DomainStoreParameters guest) throws StoreException {
        String front = home + "/console";
        String back = consoleBackend(guest.domid());
        store.mkdir(front);
        store.write(front + "/backend", back);
        store.write(front + "/backend-id", Integer.toString(CONTROL_DOMAIN));
        store.setPermissions(
                front + "/backend-id", Permissions.readableBy(guest.domid(), CONTROL_DOMAIN));
        store.write(front + "/limit", CONSOLE_LIMIT);
        store.write(front + "/type", "xenconsoled");
        store.write(front + "/output", "pty");
        store.write(front + "/tty", guest.consoleTty());
        store.write(front + "/port", Integer.toString(guest.console().port()));
        store.write(front + "/ring-ref", Long.toString(guest.console().frame()));
        make(back, Permissions.readableBy(CONTROL_DOMAIN, guest.domid()));
        store.write(back + "/frontend", front);
        store.write(back + "/frontend-id", Integer.toString(guest.domid()));
        store.write(back + "/online", "1");
        store.write(back + "/state", "1");
        store.write(back + "/protocol", "vt100");
    }

    /** Removes the tree of a guest that is gone. */
    public void removeDomain(DomainStoreParameters guest) {
        writing(
                () -> {
                    store.rm(StorePath.home(guest.domid()));
                    store.rm(vmPath(guest));
                    store.rm(StorePath.parent(consoleBackend(guest.domid())));
                });
    }

    /**
     * Asks a guest to shut down. A guest that listens clears the node and complies; false if there
     * is no such guest.
     */
    public boolean requestShutdown(int domid, ShutdownRequest request) {
        String node = StorePath.home(domid) + "/control/shutdown";
        if (store.readText(node) == null) {
            return false;
        }
        writing(() -> store.write(node, request.value()));
        return true;
    }

    private static String vmPath(DomainStoreParameters guest) {
        return "/vm/" + guest.uuid();
    }

    private static String consoleBackend(int domid) {
        return StorePath.home(CONTROL_DOMAIN) + "/backend/console/" + domid + "/0";
    }

    private void make(String path, Permissions permissions) throws StoreException {
        store.mkdir(path);
        store.setPermissions(path, permissions);
    }

    private interface Writing {
        void run() throws StoreException;
    }

    /**
     * The control domain is refused nothing on well-formed paths, so a refusal is our own fault.
     */
    private static void writing(Writing steps) {
        try {
            steps.run();
        } catch (StoreException e) {
            throw new IllegalStateException("writing a domain's tree", e);
        }
    }
}
