/**
 * Binary floating point in software, exact to the bit and to the exception flag.
 *
 * <p>Start at {@link org.xenolith.cpu.softfloat.Real}, an unpacked number. {@link
 * org.xenolith.cpu.softfloat.RealArithmetic} computes with 128 bits of significand, the last of
 * which is sticky; {@link org.xenolith.cpu.softfloat.Rounding} brings the result to a format's
 * precision and exponent range and raises the flags. x87 instructions always come this way, SSE
 * instructions only where the host's own arithmetic could differ. Nothing here knows a processor.
 */
package org.xenolith.cpu.softfloat;
