package org.xenolith.cli.run;

/**
 * Where signals, the terminal and the clock leave what they ask of the running domain. Any thread
 * posts; the machine's thread looks at {@link #current()} now and then, which costs a volatile
 * read.
 */
public final class HostRequests {
    private volatile HostRequest current = HostRequest.NONE;
    private volatile boolean dump;
    private volatile Runnable listener = () -> {};

    /** What is asked now. An answer that ends the run stays; SHUTDOWN may become one. */
    public HostRequest current() {
        return current;
    }

    /** Asks for something; ignored when the run is ending already. */
    public synchronized void post(HostRequest request) {
        if (!current.endsRun()) {
            current = request;
            listener.run();
        }
    }

    /** An interrupt: the first asks the guest to shut down, the second destroys it. */
    public synchronized void interrupt() {
        post(current == HostRequest.NONE ? HostRequest.SHUTDOWN : HostRequest.INTERRUPT);
    }

    /** Asks for a dump of the guest's state. */
    public void dump() {
        dump = true;
        listener.run();
    }

    /** Whether a dump has been asked for since the last call. For the machine's thread. */
    public boolean takeDump() {
        if (!dump) {
            return false;
        }
        dump = false;
        return true;
    }

    /**
     * Sets what runs after each request, in the thread that posted it: to wake a machine that waits
     * for input.
     */
    public void onPost(Runnable wake) {
        listener = wake;
    }
}
