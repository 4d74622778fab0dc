package org.xenolith.devices.serial;

/** Takes what a device sends, byte by byte. */
@FunctionalInterface
public interface ByteSink {
    /** Takes one byte, 0 to 255. */
    void accept(int value);
}
