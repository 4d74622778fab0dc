/**
 * Processors by name and what CPUID says of them.
 *
 * <p>Start with {@link org.xenolith.cpu.model.CpuModel#parse}; the models are the tables {@code
 * *.cpu} beside this package, {@code max.cpu} explains their keys. {@link
 * org.xenolith.cpu.model.Feature} is the list of all feature bits and of what is implemented: what
 * is not there as implemented cannot be announced, by whatever model or policy. {@link
 * org.xenolith.cpu.model.Cpuid} answers the instruction.
 */
package org.xenolith.cpu.model;
