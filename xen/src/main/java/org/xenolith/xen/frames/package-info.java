/**
 * The machine's RAM in units of frames. {@link org.xenolith.xen.frames.FrameTable} knows who owns
 * each frame and for what it is in use; {@link org.xenolith.xen.frames.SharedMemory} is how the
 * hypervisor reads and writes frames that guests use at the same time.
 *
 * <p>A frame is named by its mfn (machine frame number), a byte of it by its maddr: {@code maddr =
 * mfn << 12 | offset}.
 */
package org.xenolith.xen.frames;
