/**
 * The PCI bus: {@link org.xenolith.devices.pci.PciHost} is configuration mechanism 1 with the host
 * bridge; the functions of an i440FX board are an {@link org.xenolith.devices.pci.IsaBridge} with
 * the interrupt router and {@link org.xenolith.devices.pci.PowerManagement}. Functions derive from
 * {@link org.xenolith.devices.pci.ConfigSpace}.
 */
package org.xenolith.devices.pci;
