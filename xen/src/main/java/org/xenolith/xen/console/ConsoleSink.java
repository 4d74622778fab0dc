package org.xenolith.xen.console;

/** Where a guest's console output goes. */
@FunctionalInterface
public interface ConsoleSink {
    /** Takes {@code len} bytes; the array is the caller's and is reused after the call. */
    void accept(byte[] data, int off, int len);
}
