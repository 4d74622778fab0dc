/**
 * Boot loaders for a bare machine without a BIOS.
 *
 * <p>{@link org.xenolith.firmware.boot.BootLoader#plan} takes a {@link
 * org.xenolith.firmware.boot.BootMachine} (memory map and ACPI tables) and a {@link
 * org.xenolith.firmware.boot.BootRequest} (image, command line, ramdisk, modules) and answers with
 * a {@link org.xenolith.firmware.boot.BootPlan}: what to write to which physical address, and the
 * {@link org.xenolith.firmware.boot.EntryState} in which the first processor starts. It is all
 * data; nothing here knows a processor. There is one loader for each {@link
 * org.xenolith.firmware.image.BootProtocol}.
 *
 * <p>The image is hostile: addresses that lie outside of the machine's RAM, and sizes that exceed
 * it, are refused with an {@link org.xenolith.firmware.image.ImageException} of one line.
 *
 * <p>Where things go: the kernel where it wants to be; modules behind it, on page boundaries; a
 * ramdisk for Linux as high as it may be; what describes all that (command lines, information
 * structures, the descriptor table) in conventional memory, from its top down; the ACPI tables in
 * the BIOS area.
 */
package org.xenolith.firmware.boot;
