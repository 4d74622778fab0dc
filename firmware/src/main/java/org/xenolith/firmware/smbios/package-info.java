/**
 * SMBIOS (DMTF DSP0134, version 2.4): what {@code dmidecode} shows of a machine, as an HVM domain
 * of Xen has it.
 *
 * <p>Start at {@link org.xenolith.firmware.smbios.SmbiosTables}: it lays the structures of a {@link
 * org.xenolith.firmware.smbios.SmbiosConfig} out in memory, behind their entry point. A {@link
 * org.xenolith.firmware.smbios.SmbiosStructure} is one of them, its fields and its strings; {@link
 * org.xenolith.firmware.smbios.SmbiosKey} are the strings that a configuration can replace, {@link
 * org.xenolith.firmware.smbios.SmbiosFile} whole structures that it can. {@link
 * org.xenolith.firmware.smbios.SmbiosReader} reads tables back and checks them, {@link
 * org.xenolith.firmware.smbios.DmiText} writes them for people.
 */
package org.xenolith.firmware.smbios;
