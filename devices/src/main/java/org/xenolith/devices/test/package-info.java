/** Devices that only test programs know. */
package org.xenolith.devices.test;
