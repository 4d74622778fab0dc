/** The PCI bus: configuration mechanism 1 and the host bridge. */
package org.xenolith.devices.pci;
