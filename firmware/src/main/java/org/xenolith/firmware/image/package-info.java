/**
 * Reading kernel images: what a file is, what it unpacks to, and which kind of guest it can be.
 *
 * <p>Start at {@link org.xenolith.firmware.image.KernelImage}: it recognises a file (bzImage, ELF,
 * compressed ELF, multiboot), unpacks the kernel in it, and hands out
 *
 * <ul>
 *   <li>the {@link org.xenolith.firmware.image.ElfImage}: program headers, sections, checked
 *       slices;
 *   <li>the {@link org.xenolith.firmware.image.XenNotes} that the kernel carries for Xen;
 *   <li>the {@link org.xenolith.firmware.image.PvLayout}: where a PV domain builder puts it.
 * </ul>
 *
 * <p>{@link org.xenolith.firmware.image.BareImage} is the other start: what a machine without Xen
 * and without a BIOS can be started with, and by which {@link
 * org.xenolith.firmware.image.BootProtocol}.
 *
 * <p>Image bytes are hostile. Whatever they hold, the only exception that leaves this package is
 * {@link org.xenolith.firmware.image.ImageException}, whose message is one line for the user.
 */
package org.xenolith.firmware.image;
