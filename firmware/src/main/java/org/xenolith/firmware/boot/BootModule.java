package org.xenolith.firmware.boot;

/**
 * A file that is loaded beside the kernel.
 *
 * @param text what the kernel is told of it: by custom the file's name, then arguments
 * @param bytes its content; kept, not copied: do not change it afterwards
 */
public record BootModule(String text, byte[] bytes) {}
