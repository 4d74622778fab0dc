/** The machine's physical memory. It knows nothing of processors; addresses are machine bytes. */
package org.xenolith.cpu.memory;
