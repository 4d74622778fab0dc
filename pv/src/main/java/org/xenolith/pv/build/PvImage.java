package org.xenolith.pv.build;

import org.xenolith.pv.mm.PvMemory;

/**
 * A built domain, as far as its creator must know.
 *
 * @param memory the domain's memory
 * @param storeMfn frame of the xenstore ring
 * @param consoleMfn frame of the console ring
 * @param startInfo gva of start_info, which vCPU 0 has in RSI
 * @param initialStack gva of the top of the boot stack: vCPU 0's RSP and first kernel_sp
 */
public record PvImage(
        PvMemory memory, long storeMfn, long consoleMfn, long startInfo, long initialStack) {}
