package org.xenolith.firmware.boot;

/**
 * How the first processor starts. What is not named here is as after RESET (SDM volume 3A, table
 * 10-1), with the A20 line open and interrupts disabled. The other processors wait for INIT and
 * SIPI.
 */
public sealed interface EntryState {
    /** As after RESET: CS base ffff0000, EIP fff0. */
    record Reset() implements EntryState {}

    /**
     * Real mode: all data segment registers 0, SP as given.
     *
     * @param cs code segment; its base is 16 times this
     * @param ip instruction pointer
     * @param sp stack pointer, in segment 0
     * @param dl what DL holds: by custom the BIOS number of the boot drive
     */
    record RealMode(int cs, int ip, int sp, int dl) implements EntryState {}

    /**
     * Protected mode without paging: CR0 has PE and ET alone, CR3, CR4 and EFER are 0. CS is a
     * 32-bit code segment and DS, ES, FS, GS and SS are one data segment, each with base 0 and
     * limit ffffffff; both are in the GDT, which is in memory. TR is a busy 32-bit TSS of base 0
     * and limit 67h, LDTR is null. The IDT is empty (limit 0).
     *
     * @param eip entry point
     * @param eax general register
     * @param ebx general register
     * @param esi general register; EBP, ECX, EDX, EDI and ESP are 0
     * @param gdtBase linear address of the GDT
     * @param gdtLimit its limit
     * @param codeSelector selector in CS
     * @param dataSelector selector in the others
     */
    record Flat32(
            int eip,
            int eax,
            int ebx,
            int esi,
            long gdtBase,
            int gdtLimit,
            int codeSelector,
            int dataSelector)
            implements EntryState {}
}
