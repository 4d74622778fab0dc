package org.xenolith.cpu.state;

import org.xenolith.cpu.memory.PhysicalMemory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What the pages of RAM held that a processor has written since {@link LinearMemory#hideWrites}.
 *
 * <p>Only plain RAM whose translation for writing was cached can be written while a log is kept.
 * Everything else (a TLB miss, a device, a frame that holds code, a page-crossing access) ends the
 * keeping: a trial is broken off by {@link TranslationMiss} then.
 */
public final class WriteLog {
    private final PhysicalMemory ram;
    private final boolean trial;
    private final List<Page> pages = new ArrayList<>();
    private boolean ended;

    /** A page as it was, and as {@link #swap} found it. */
    private static final class Page {
        final long frame;
        byte[] content = new byte[PhysicalMemory.PAGE_SIZE];

        Page(long frame) {
            this.frame = frame;
        }
    }

    /**
     * @param trial whether what the processor does is going to be taken back
     */
    public WriteLog(PhysicalMemory ram, boolean trial) {
        this.ram = ram;
        this.trial = trial;
    }

    /** Forgets everything. */
    public void clear() {
        pages.clear();
        ended = false;
    }

    /** Whether something else than a logged store was met. */
    public boolean ended() {
        return ended;
    }

    /** Machine addresses of the pages, in the order in which they were first written. */
    public long[] frames() {
        return pages.stream().mapToLong(page -> page.frame).toArray();
    }

    /** Gives every page the content that is kept here, and keeps the one that it had. */
    public void swap() {
        byte[] present = new byte[PhysicalMemory.PAGE_SIZE];
        for (Page page : pages) {
            ram.read(page.frame, present, 0, present.length);
            ram.write(page.frame, page.content, 0, page.content.length);
            byte[] kept = page.content;
            page.content = present;
            present = kept;
        }
    }

    /** Gives every page the content that is kept here. */
    public void restore() {
        for (Page page : pages) {
            ram.write(page.frame, page.content, 0, page.content.length);
        }
    }

    /** The content that is kept of a page, or null. */
    public byte[] content(long frame) {
        for (Page page : pages) {
            if (page.frame == frame) {
                return page.content;
            }
        }
        return null;
    }

    /** First offset at which a page differs from what is kept of it, or -1. */
    public int mismatch(long frame, byte[] content) {
        byte[] present = new byte[PhysicalMemory.PAGE_SIZE];
        ram.read(frame, present, 0, present.length);
        return Arrays.mismatch(present, content);
    }

    /** Keeps the content of a page that is about to be written. */
    void add(long frame) {
        Page page = new Page(frame);
        ram.read(frame, page.content, 0, page.content.length);
        pages.add(page);
    }

    /**
     * Tells that something comes that cannot be taken back.
     *
     * @throws TranslationMiss on trial
     */
    public void end() {
        ended = true;
        if (trial) {
            throw TranslationMiss.INSTANCE;
        }
    }
}
