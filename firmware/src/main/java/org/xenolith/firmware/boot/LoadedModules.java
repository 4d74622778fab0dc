package org.xenolith.firmware.boot;

import org.xenolith.firmware.image.ImageException;

import java.util.ArrayList;
import java.util.List;

/** Puts modules behind the kernel, each on a page boundary. */
final class LoadedModules {
    private static final int MOST = 256;

    private LoadedModules() {}

    /**
     * A module in memory.
     *
     * @param start physical address
     * @param end the address after its last byte
     * @param text its bytes with a NUL behind
     */
    record Loaded(long start, long end, byte[] text) {}

    static List<Loaded> put(BootRequest request, LoadArea area) throws ImageException {
        if (request.allModules().size() > MOST) {
            throw new ImageException(
                    request.image().name(), "more than " + MOST + " modules", "give fewer");
        }
        List<Loaded> loaded = new ArrayList<>();
        long from = area.end();
        for (BootModule module : request.allModules()) {
            long start = area.putBehind("a module", from, module.bytes());
            from = start + module.bytes().length;
            loaded.add(new Loaded(start, from, BootText.module(module, request)));
        }
        return loaded;
    }
}
