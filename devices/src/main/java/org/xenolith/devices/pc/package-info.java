/**
 * The PC as a whole: {@link org.xenolith.devices.pc.Pc} places the devices at their ports and
 * addresses and connects their interrupt lines.
 */
package org.xenolith.devices.pc;
