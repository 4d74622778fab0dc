/**
 * ACPI tables of a PC or a domain (ACPI 6.4): what a kernel reads to find processors, interrupt
 * controllers, the power button's registers and the devices that cannot be probed for.
 *
 * <p>Start at {@link org.xenolith.firmware.acpi.AcpiTables}: it lays the tables of an {@link
 * org.xenolith.firmware.acpi.AcpiConfig} out in memory. {@link
 * org.xenolith.firmware.acpi.AcpiBoard} is the kind of machine: bare, HVM or PVH. The tables are
 * records ({@link org.xenolith.firmware.acpi.Madt}, {@link org.xenolith.firmware.acpi.Fadt} …) that
 * become bytes and can be read back; {@link org.xenolith.firmware.acpi.AcpiReader} follows the
 * pointers from the RSDP as a kernel does, and checks every sum. The DSDT is a program in AML
 * (chapter 20), put together by {@link org.xenolith.firmware.acpi.Aml}.
 */
package org.xenolith.firmware.acpi;
