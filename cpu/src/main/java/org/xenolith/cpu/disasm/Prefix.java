package org.xenolith.cpu.disasm;

/** A prefix that is written as a word before the mnemonic. */
enum Prefix {
    LOCK("lock", "lock"),
    REP("rep", "rep"),
    REPZ("repz", "repz"),
    REPNZ("repnz", "repnz"),
    /** F2 before a near branch (SDM vol. 1, chapter 17, of editions with MPX). */
    BND("bnd", "bnd"),
    /** 3E before an indirect branch (SDM vol. 1, chapter 17, CET). */
    NOTRACK("notrack", "notrack"),
    ES("es", "es"),
    CS("cs", "cs"),
    SS("ss", "ss"),
    DS("ds", "ds"),
    FS("fs", "fs"),
    GS("gs", "gs"),
    /** An operand size prefix without effect. */
    OPERAND_SIZE("o16", "data16"),
    /** An address size prefix that no operand shows. */
    ADDRESS_SIZE("a32", "addr32"),
    /** The same in 16-bit code. */
    OPERAND_SIZE_32("o32", "data32"),
    /** The same in 32-bit code. */
    ADDRESS_SIZE_16("a16", "addr16");

    final String nasm;
    final String att;

    Prefix(String nasm, String att) {
        this.nasm = nasm;
        this.att = att;
    }
}
