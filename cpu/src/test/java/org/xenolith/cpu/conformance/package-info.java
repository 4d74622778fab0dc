/**
 * SingleStepTests' real-mode vectors, which were recorded from an 8086 and an 80286, on our
 * processor. Start at {@link org.xenolith.cpu.conformance.SingleStep}, a program that {@code
 * scripts/singlestep} runs on a folder of the user's; what older processors do differently is
 * listed in {@link org.xenolith.cpu.conformance.Exclusion}.
 */
package org.xenolith.cpu.conformance;
