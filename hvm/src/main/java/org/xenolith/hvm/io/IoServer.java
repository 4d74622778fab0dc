package org.xenolith.hvm.io;

import org.xenolith.cpu.bus.AddressSpace;

/** Serves the requests of a domain by devices in this JVM. */
public final class IoServer {
    private final AddressSpace ports;
    private final AddressSpace memory;

    /**
     * A server.
     *
     * @param ports devices by port
     * @param memory devices by guest-physical address
     */
    public IoServer(AddressSpace ports, AddressSpace memory) {
        this.ports = ports;
        this.memory = memory;
    }

    /** Reads a device, zero-extended. */
    public long read(IoRequest request, IoRequest.Type type, long address, int size) {
        request.make(type, address, size, true, 0);
        serve(request);
        return request.complete();
    }

    /** Writes a device. */
    public void write(IoRequest request, IoRequest.Type type, long address, int size, long value) {
        request.make(type, address, size, false, value);
        serve(request);
        request.complete();
    }

    private void serve(IoRequest request) {
        request.begin();
        AddressSpace space = request.type() == IoRequest.Type.PIO ? ports : memory;
        if (request.read()) {
            request.answer(space.read(request.address(), request.size()));
        } else {
            space.write(request.address(), request.size(), request.data());
            request.answer(0);
        }
    }
}
