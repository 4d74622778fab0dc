/** What devices with byte-wide registers, nearly all of an ISA bus, have in common. */
package org.xenolith.devices.port;
