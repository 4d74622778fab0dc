/**
 * Memory of 64-bit paravirtual domains: direct paging.
 *
 * <p>A PV guest builds its own page tables out of machine frames, and the processor walks those
 * very tables. What keeps that safe is counting. Each frame has one exclusive type at a time (a
 * page table of one level, a page of segment descriptors, or writable data), and each present entry
 * of a validated table holds a reference on the frame it names, of the type the entry implies. A
 * page table can thus never be mapped writable, and each change of one passes through here.
 *
 * <p>Start at {@link org.xenolith.pv.mm.PvMemory}. The ideas, a file each: {@code PageTypes}
 * (promotion of a frame to a type and back), {@code EntryChecks} (what an entry may say and which
 * references it holds), {@code LinearTables} (tables that map tables of their own level), {@code
 * PageTableUpdates} (change of one entry, whoever asks), {@code MmuUpdate}, {@code VaMapping},
 * {@code Mmuext}, {@code MemoryOps} and {@code MemoryExchange} (the hypercalls), {@code
 * DescriptorTables} (GDT and LDT), {@code XenSlots} and {@code MachineToPhys} (the hypervisor's
 * part of each address space), {@code PvGuestMemory} (guest pointers) and {@code GrantMappings}.
 *
 * <p>Sources of the facts: public/xen.h, public/memory.h, public/arch-x86/xen-x86_64.h; SDM volume
 * 3A, chapters 3 and 5.
 */
package org.xenolith.pv.mm;
