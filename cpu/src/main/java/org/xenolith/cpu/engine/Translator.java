package org.xenolith.cpu.engine;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Compiles regions, on a thread of its own: when a translation becomes ready has no influence on
 * what the guest sees.
 */
abstract class Translator {
    private static final Logger LOG = LoggerFactory.getLogger(Translator.class);

    /** Bytes of a method that a class file can hold (JVMS 4.7.3). */
    private static final int MOST = 65535;

    /** Regions that wait at most; a guest can make them faster than they are compiled. */
    private static final int MOST_WAITING = 1000;

    private final MethodBodies bodies = new MethodBodies();

    private static final Translator BACKGROUND =
            new Translator() {
                private final ExecutorService thread =
                        new ThreadPoolExecutor(
                                1,
                                1,
                                0,
                                TimeUnit.SECONDS,
                                new ArrayBlockingQueue<>(MOST_WAITING),
                                Thread.ofPlatform().daemon().name("translator").factory());

                @Override
                boolean submit(Region region, CodeCache cache) {
                    try {
                        thread.execute(() -> translate(region, cache));
                        return true;
                    } catch (RejectedExecutionException e) {
                        return false;
                    }
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
            boolean submit(Region region, CodeCache cache) {
                translate(region, cache);
                return true;
            }
        };
    }

    /**
     * Has {@link Region#code} set sooner or later, or never if that is not possible.
     *
     * @return false if so many wait that this one cannot
     */
    abstract boolean submit(Region region, CodeCache cache);

    /**
     * The class file of a region, or of that part of it that is short enough.
     *
     * @return null if even its first instruction is too long
     */
    static byte[] classFile(MethodBodies bodies, Region region) {
        int length;
        do {
            byte[] classFile =
                    switch (region.tier) {
                        case BASELINE -> BaselineCompiler.classFile(region);
                        case OPTIMIZED -> RegionCompiler.classFile(bodies, region);
                    };
            length = classFile == null ? MOST : RegionCompiler.codeLength(classFile);
            if (length < RegionCompiler.LIMIT) {
                return classFile;
            }
        } while (region.shrink((double) RegionCompiler.LIMIT / length));
        return null;
    }

    final void translate(Region region, CodeCache cache) {
        TranslationEvent event = new TranslationEvent();
        event.begin();
        long start = System.nanoTime();
        Rejection rejection = null;
        try {
            byte[] classFile = classFile(bodies, region);
            if (classFile == null) {
                rejection = Rejection.LENGTH;
            } else {
                RegionCode code = RegionCompiler.define(classFile, region.counts);
                if (cache.dump != null) {
                    cache.dump.write(classFile, region);
                }
                event.bytecodes = RegionCompiler.codeLength(classFile);
                cache.counters.translated(event.bytecodes, System.nanoTime() - start);
                region.code = code;
            }
        } catch (RuntimeException | LinkageError e) {
            LOG.error("cannot translate a region: {}", e.toString(), e);
            rejection = Rejection.FAILURE;
        }
        if (rejection != null) {
            cache.counters.rejected(rejection);
        }
        if (event.shouldCommit()) {
            event.address = region.blocks[0].maddr;
            event.blocks = region.blocks.length;
            event.instructions = region.instructions();
            event.result = rejection == null ? "translated" : rejection.toString();
            event.commit();
        }
    }
}
