/**
 * The chipset's odds and ends: power management, reset, A20, the keyboard controller's system
 * functions, firmware configuration.
 */
package org.xenolith.devices.system;
