/**
 * Runs instructions. {@link org.xenolith.cpu.engine.Interpreter} executes blocks of {@link
 * org.xenolith.cpu.engine.Operation}s that {@link org.xenolith.cpu.engine.CodeCache} keeps by
 * machine address.
 *
 * <p>An operation's class is generated on first use for each combination of semantic method and
 * operand shape ({@code OperationFactory}, {@code OperationEmitter}): it loads the operands, calls
 * the one semantic method in {@code org.xenolith.cpu.isa}, and stores the result, so the JIT sees
 * straight code without operand polymorphism and no shape is written by hand.
 *
 * <p>Blocks of 64-bit code, and of 32-bit code with flat segments, that are executed often become
 * part of a {@code Region}: {@code RegionBuilder} chooses blocks that follow each other, {@code
 * Translator} has one method made of them in the background. {@code RegionChoice} decides which, at
 * {@code Thresholds}. There are two {@code Tier}s: {@code BaselineCompiler} puts together what the
 * operations of a page's warm blocks do. For code that is hot, {@code RegionCompiler} makes a
 * method in which general registers, vector registers and flags are local variables ({@code
 * GuestLocals}), and {@code Inliner} copies the bytecode of the semantic methods themselves ({@code
 * MethodBodies}), with their uses of the processor's fields turned into uses of those variables:
 * there is no second definition of any instruction. Whatever is seldom (a TLB miss, a fault, an odd
 * floating-point value) leaves the method in front of the instruction, which the interpreter then
 * executes. Both ways give the same state after the same number of instructions.
 *
 * <p>{@link org.xenolith.cpu.engine.Engine} chooses between them; {@code Verifier} goes both ways
 * and compares. {@link org.xenolith.cpu.engine.EngineStatistics} counts what was done, {@code
 * RegionListing} shows a region beside its bytecode, and {@code CodeInvariants} checks the cache of
 * blocks.
 */
package org.xenolith.cpu.engine;
