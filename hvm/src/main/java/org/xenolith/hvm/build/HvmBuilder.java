package org.xenolith.hvm.build;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.firmware.acpi.AcpiBoard;
import org.xenolith.firmware.acpi.AcpiConfig;
import org.xenolith.firmware.boot.BootLoader;
import org.xenolith.firmware.boot.BootModule;
import org.xenolith.firmware.boot.BootPlan;
import org.xenolith.firmware.boot.BootRequest;
import org.xenolith.firmware.image.BootProtocol;
import org.xenolith.firmware.image.ImageException;
import org.xenolith.firmware.memory.MemoryRange;
import org.xenolith.firmware.smbios.SmbiosException;
import org.xenolith.firmware.smbios.SmbiosTables;
import org.xenolith.hvm.HvmDomain;
import org.xenolith.hvm.ops.HvmParams;
import org.xenolith.xen.ops.PhysicalMap;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Puts a kernel into the memory of a domain that has none, and starts its first processor. */
public final class HvmBuilder {
    private static final int MIB_SHIFT = 20;

    private HvmBuilder() {}

    /**
     * Builds a domain.
     *
     * @throws ImageException if the kernel does not fit, or cannot be started so
     */
    public static void build(HvmDomain hvm, HvmGuestConfig config) throws ImageException {
        long bytes = (long) config.memoryMiB() << MIB_SHIFT;
        GuestLayout layout =
                config.pvh()
                        ? GuestLayout.pvh(bytes, AcpiConfig.ofPvh(config.vcpus()))
                        : GuestLayout.hvm(bytes, board(config));
        BootPlan plan = BootLoader.plan(layout.machine(), request(config));
        for (MemoryRange range : layout.populated()) {
            populate(hvm, range);
        }
        plan.writeTo(
                new BootPlan.Ram() {
                    @Override
                    public void write(long address, byte[] data, int offset, int length) {
                        hvm.memory.write(address, data, offset, length);
                    }

                    @Override
                    public void clear(long address, long length) {
                        hvm.memory.clear(address, length);
                    }
                });
        if (!config.pvh()) {
            byte[] smbios = smbios(config).toBytes(GuestLayout.SMBIOS_BASE);
            hvm.memory.write(GuestLayout.SMBIOS_BASE, smbios, 0, smbios.length);
        }
        hvm.params.set(HvmParams.STORE_PFN, GuestLayout.STORE_GFN);
        hvm.params.set(HvmParams.CONSOLE_PFN, GuestLayout.CONSOLE_GFN);
        List<PhysicalMap.Range> map = new ArrayList<>();
        for (MemoryRange range : layout.machine().memory().ranges()) {
            map.add(new PhysicalMap.Range(range.base(), range.length(), range.kind().number()));
        }
        hvm.physicalMap.describe(map);
        Cpu first = hvm.domain.vcpus[0].cpu;
        Entry.enter(first, plan.entry());
        hvm.start(layout.highestGfn());
    }

    /** What the board has of what ACPI tables may describe. */
    private static AcpiConfig board(HvmGuestConfig config) {
        return new AcpiConfig(
                AcpiBoard.HVM,
                config.vcpus(),
                1,
                false,
                false,
                true,
                Optional.of(AcpiConfig.PciRoot.ofHvm()),
                config.firmware().generation(),
                config.firmware().acpi());
    }

    private static SmbiosTables smbios(HvmGuestConfig config) throws ImageException {
        try {
            return config.firmware()
                    .smbios(config.uuid(), config.memoryMiB(), config.vcpus(), config.model());
        } catch (SmbiosException e) {
            throw new ImageException("smbios", e.getMessage(), "give fewer or shorter structures");
        }
    }

    private static BootRequest request(HvmGuestConfig config) {
        List<BootModule> modules = config.modules();
        int ramdisks = Math.min(1, modules.size());
        return new BootRequest(
                config.kernel(),
                Optional.of(config.pvh() ? BootProtocol.PVH : BootProtocol.LINUX),
                config.commandLine(),
                modules.stream().findFirst(),
                modules.subList(ramdisks, modules.size()));
    }

    private static void populate(HvmDomain hvm, MemoryRange range) {
        long end = range.end() + 4095 >>> 12;
        for (long gfn = range.base() >>> 12; gfn < end; gfn++) {
            if (!hvm.memory.populate(gfn)) {
                throw new IllegalStateException(
                        "no memory for guest frame " + Long.toHexString(gfn));
            }
        }
    }
}
