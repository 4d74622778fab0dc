/**
 * The builder of 64-bit paravirtual domains: what Xen's toolstack does between reading a kernel
 * image and the guest's first instruction.
 *
 * <p>{@link org.xenolith.pv.build.PvBuilder} is the entry. {@code InitialLayout} decides where
 * everything goes, in guest page numbers alone; {@code InitialTables} plans the first page tables;
 * {@code StartInfo} and {@code HypercallPage} write two pages with a fixed format.
 *
 * <p>Sources of the facts: public/xen.h (start-of-day memory layout, struct start_info),
 * public/arch-x86/xen.h, public/elfnote.h.
 */
package org.xenolith.pv.build;
