/**
 * Model-specific registers of the bare machine (SDM vol. 4; APM vol. 2, appendix A).
 *
 * <p>{@link org.xenolith.cpu.msr.Msrs} is what RDMSR and WRMSR reach: it asks one bank of registers
 * after the other, each in a file of its own. What no bank has raises #GP(0) and is logged once.
 */
package org.xenolith.cpu.msr;
