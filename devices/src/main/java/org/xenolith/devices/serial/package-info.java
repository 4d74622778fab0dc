/** Serial ports. */
package org.xenolith.devices.serial;
