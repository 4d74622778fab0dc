package org.xenolith.devices.pc;

import org.xenolith.devices.interrupt.IoApic;
import org.xenolith.devices.interrupt.PicPair;
import org.xenolith.devices.pci.PciHost;
import org.xenolith.devices.serial.Uart16550;
import org.xenolith.devices.system.AcpiPower;
import org.xenolith.devices.system.FirmwareConfig;
import org.xenolith.devices.system.KeyboardController;
import org.xenolith.devices.system.ResetPorts;
import org.xenolith.devices.test.TestDevice;
import org.xenolith.devices.timer.Hpet;
import org.xenolith.devices.timer.Pit;
import org.xenolith.devices.timer.Rtc;

/**
 * The state of all devices of a {@link Pc}, each with a version of its own.
 *
 * @param postCode what was written to port 0x80 last
 * @param testPostCode what was written to port 0x190 last
 * @param delayPort what was written to port 0xed last
 */
public record PcState(
        PicPair.State pic,
        IoApic.State ioApic,
        Pit.State pit,
        Rtc.State rtc,
        Hpet.State hpet,
        Uart16550.State com1,
        KeyboardController.State keyboard,
        ResetPorts.State resets,
        AcpiPower.State acpi,
        PciHost.State pci,
        FirmwareConfig.State firmware,
        TestDevice.State test,
        int postCode,
        int testPostCode,
        int delayPort) {}
