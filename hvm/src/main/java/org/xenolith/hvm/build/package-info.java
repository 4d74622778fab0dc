/**
 * Builds HVM and PVH domains: {@link org.xenolith.hvm.build.HvmBuilder} gives a domain its memory,
 * loads the kernel by the plan of {@code org.xenolith.firmware.boot}, and puts the first processor
 * where that starts.
 */
package org.xenolith.hvm.build;
