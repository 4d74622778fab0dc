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
 * <p>A hot path becomes a {@code Trace}: {@code TraceRecorder} notes which blocks follow each
 * other, {@code TraceCompiler} has the same emitter put all their operations into one method. Both
 * ways give the same state after the same number of instructions.
 */
package org.xenolith.cpu.engine;
