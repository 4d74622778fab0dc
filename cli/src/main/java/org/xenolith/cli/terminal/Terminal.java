package org.xenolith.cli.terminal;

import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Platform;

import java.util.Optional;

/**
 * The terminal on standard input. While it is raw every key goes to the guest as it is typed,
 * Ctrl-C included, and the guest's output is not changed. Closing it, or the end of the program by
 * a signal, brings the old mode back.
 */
public final class Terminal implements AutoCloseable {
    private static final int STDIN = 0;

    /** {@code TCSADRAIN}: after all output was written. The same on Linux, the BSDs and macOS. */
    private static final int AFTER_OUTPUT = 1;

    /** Larger than {@code struct termios} anywhere (60 bytes on Linux, 72 on macOS). */
    private static final int TERMIOS_BYTES = 256;

    private static final int WINDOW_SIZE_BYTES = 8;

    private final LibC libc;
    private final byte[] saved;
    private final Thread restoreAtExit = new Thread(this::restore, "restore-terminal");
    private boolean raw;

    private Terminal(LibC libc, byte[] saved) {
        this.libc = libc;
        this.saved = saved;
    }

    /**
     * Columns and rows of a terminal's window.
     *
     * @param columns from 1
     * @param rows from 1
     */
    public record Size(int columns, int rows) {}

    /** The terminal, unchanged yet; empty when standard input is something else. */
    public static Optional<Terminal> open() {
        LibC libc;
        try {
            libc = Native.load(Platform.C_LIBRARY_NAME, LibC.class);
        } catch (UnsatisfiedLinkError e) {
            // A host without JNA's native part: the console works, a line at a time.
            return Optional.empty();
        }
        byte[] saved = new byte[TERMIOS_BYTES];
        if (libc.isatty(STDIN) == 0 || libc.tcgetattr(STDIN, saved) != 0) {
            return Optional.empty();
        }
        return Optional.of(new Terminal(libc, saved));
    }

    /** Makes it raw; returns whether it is. */
    public synchronized boolean makeRaw() {
        if (!raw) {
            byte[] mode = saved.clone();
            libc.cfmakeraw(mode);
            Runtime.getRuntime().addShutdownHook(restoreAtExit);
            raw = libc.tcsetattr(STDIN, AFTER_OUTPUT, mode) == 0;
        }
        return raw;
    }

    /** The size of the window, as far as the terminal knows it. */
    public Optional<Size> size() {
        byte[] window = new byte[WINDOW_SIZE_BYTES];
        long request = Platform.isMac() || Platform.isFreeBSD() ? 0x4008_7468L : 0x5413L;
        if (libc.ioctl(STDIN, new NativeLong(request), (Object) window) != 0) {
            return Optional.empty();
        }
        int rows = window[0] & 0xff | (window[1] & 0xff) << 8;
        int columns = window[2] & 0xff | (window[3] & 0xff) << 8;
        return rows == 0 || columns == 0 ? Optional.empty() : Optional.of(new Size(columns, rows));
    }

    /** Brings the old mode back. */
    @Override
    public void close() {
        restore();
        try {
            Runtime.getRuntime().removeShutdownHook(restoreAtExit);
        } catch (IllegalStateException e) {
            // The program is ending; the hook runs, and finds nothing left to do.
        }
    }

    private synchronized void restore() {
        if (raw) {
            libc.tcsetattr(STDIN, AFTER_OUTPUT, saved);
            raw = false;
        }
    }
}
