package org.xenolith.cpu.engine;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xenolith.cpu.memory.PhysicalMemory;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Compiles regions, on a thread of its own: when a translation becomes ready has no influence on
 * what the guest sees.
 */
abstract class Translator {
    private static final Logger LOG = LoggerFactory.getLogger(Translator.class);

    private final MethodBodies bodies = new MethodBodies();

    private static final Translator BACKGROUND =
            new Translator() {
                private final ExecutorService thread =
                        Executors.newSingleThreadExecutor(
                                Thread.ofPlatform().daemon().name("translator").factory());

                @Override
                void submit(Region region, PhysicalMemory ram) {
                    thread.execute(() -> translate(region, ram));
                }
            };

    /** The one that all machines share. */
    static Translator background() {
        return BACKGROUND;
    }

    /** One that has translated when {@link #submit} returns, for tests. */
    static Translator immediate() {
        return new Translator() {
            @Override
            void submit(Region region, PhysicalMemory ram) {
                translate(region, ram);
            }
        };
    }

    /** Has {@link Region#code} set sooner or later, or never if that is not possible. */
    abstract void submit(Region region, PhysicalMemory ram);

    final void translate(Region region, PhysicalMemory ram) {
        try {
            byte[] classFile = RegionCompiler.classFile(bodies, region);
            while (classFile == null && region.shrink()) {
                classFile = RegionCompiler.classFile(bodies, region);
            }
            if (classFile != null) {
                region.code = RegionCompiler.define(classFile, ram.segment());
            }
        } catch (RuntimeException | LinkageError e) {
            LOG.error("cannot translate a region: {}", e.toString(), e);
        }
    }
}
