/**
 * What {@code xenolith disasm} reads and prints: {@link org.xenolith.cli.disasm.CodeSource} finds
 * the code in a file, in standard input or in hex text, {@link org.xenolith.cli.disasm.CodeListing}
 * writes it out.
 */
package org.xenolith.cli.disasm;
