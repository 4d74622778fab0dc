package org.xenolith.cpu.msr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;

class MsrsTest {
    private static final int TSC = 0x10;
    private static final int TSC_ADJUST = 0x3b;
    private static final int SPEC_CTRL = 0x48;
    private static final int PRED_CMD = 0x49;
    private static final int BIOS_SIGN_ID = 0x8b;
    private static final int ARCH_CAPABILITIES = 0x10a;
    private static final int SYSENTER_ESP = 0x175;
    private static final int MISC_ENABLE = 0x1a0;
    private static final int POWER_CTL = 0x1fc;
    private static final int PAT = 0x277;
    private static final int EFER = 0xc0000080;
    private static final int LSTAR = 0xc0000082;
    private static final int FMASK = 0xc0000084;
    private static final int GS_BASE = 0xc0000101;
    private static final int TSC_AUX = 0xc0000103;
    private static final int HWCR = 0xc0010015;
    private static final long HIGHEST_48 = 0x00007fffffffffffL;

    private Cpu cpu;

    private Msrs msrs(String model) {
        cpu = new Cpu(new PhysicalMemory(1 << 20), null);
        CpuModel parsed = CpuModel.parse(model);
        parsed.configure(cpu);
        Msrs msrs = new Msrs(cpu, parsed);
        cpu.msrs = msrs;
        return msrs;
    }

    private void faults(int vector, Runnable access) {
        CpuFault fault = assertThrows(CpuFault.class, access::run);
        assertEquals(vector, fault.vector);
        assertEquals(0, fault.errorCode);
    }

    private void refuses(Msrs msrs, int msr, long value) {
        faults(CpuFault.GP, () -> msrs.write(msr, value));
    }

    private void keeps(Msrs msrs, int msr, long value) {
        msrs.write(msr, value);
        assertEquals(value, msrs.read(msr));
    }

    @ParameterizedTest
    @ValueSource(ints = {0x3a, 0xce, 0x480, 0x800, 0x4b564d00, 0x40000000, -1, HWCR})
    void unknownOnesFault(int msr) {
        Msrs msrs = msrs("max");
        faults(CpuFault.GP, () -> msrs.read(msr));
        refuses(msrs, msr, 0);
    }

    @Test
    void processorsWithoutMsrsDoNotKnowTheInstructions() {
        Msrs msrs = msrs("486");
        faults(CpuFault.UD, () -> msrs.read(TSC));
        faults(CpuFault.UD, () -> msrs.write(TSC, 0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"haswell", "skylake-client"})
    void powerControlOfProcessorsWithTurboMode(String model) {
        Msrs msrs = msrs(model);
        assertEquals(2, msrs.read(POWER_CTL), "C1E");
        keeps(msrs, POWER_CTL, 1);
        refuses(msrs, POWER_CTL, 4);
        msrs.powerOn();
        assertEquals(2, msrs.read(POWER_CTL));
    }

    @ParameterizedTest
    @ValueSource(strings = {"max", "core2duo", "pentium3", "epyc"})
    void noPowerControlElsewhere(String model) {
        Msrs msrs = msrs(model);
        faults(CpuFault.GP, () -> msrs.read(POWER_CTL));
        refuses(msrs, POWER_CTL, 0);
    }

    @Test
    void tscAndItsAdjustmentMoveTogether() {
        Msrs msrs = msrs("haswell");
        cpu.instructions = 1000;
        msrs.write(TSC, 5000);
        assertEquals(5000, msrs.read(TSC));
        assertEquals(4000, msrs.read(TSC_ADJUST));
        assertEquals(4000, cpu.tscOffset);
        cpu.instructions = 1010;
        msrs.write(TSC_ADJUST, -10);
        assertEquals(1000, msrs.read(TSC));
        msrs.write(TSC, -1L);
        assertEquals(-1L, msrs.read(TSC));
        Msrs old = msrs("pentium4");
        old.write(TSC, -1L);
        assertEquals(0xffffffffL, old.read(TSC));
        faults(CpuFault.GP, () -> old.read(TSC_ADJUST));
    }

    @Test
    void tscAuxHas32Bits() {
        Msrs msrs = msrs("haswell");
        keeps(msrs, TSC_AUX, 0xffffffffL);
        refuses(msrs, TSC_AUX, 1L << 32);
        faults(CpuFault.GP, () -> msrs("core2duo").read(TSC_AUX));
    }

    @Test
    void eferBitsFollowTheFeatures() {
        Msrs msrs = msrs("haswell");
        assertEquals(0xd01, msrs.read(EFER));
        msrs.write(EFER, 0x101); // LMA stays, whatever is written
        assertEquals(0x501, msrs.read(EFER));
        refuses(msrs, EFER, 0xc01); // LME while paging is on
        refuses(msrs, EFER, 0x1d01); // SVME
        Msrs withoutNx = msrs("haswell,-nx");
        refuses(withoutNx, EFER, 0xd01);
        faults(CpuFault.GP, () -> msrs("pentium3").read(EFER));
    }

    @Test
    void disablingNxTakesItFromEfer() {
        Msrs msrs = msrs("haswell");
        msrs.write(MISC_ENABLE, 1L << 34 | 1);
        refuses(msrs, EFER, 0xd01);
        refuses(msrs("core2duo,-nx"), MISC_ENABLE, 1L << 34);
    }

    @ParameterizedTest
    @ValueSource(ints = {LSTAR, 0xc0000083, GS_BASE, 0xc0000100, 0xc0000102, SYSENTER_ESP, 0x176})
    void addressesAreCanonical(int msr) {
        Msrs msrs = msrs("haswell");
        keeps(msrs, msr, HIGHEST_48);
        keeps(msrs, msr, ~HIGHEST_48);
        refuses(msrs, msr, HIGHEST_48 + 1);
        Msrs wide = msrs("haswell,+la57");
        keeps(wide, msr, HIGHEST_48 + 1);
        refuses(wide, msr, 1L << 56);
    }

    @Test
    void sysenterOfAmdHas32Bits() {
        Msrs msrs = msrs("epyc");
        msrs.write(SYSENTER_ESP, 0x123456789abcdef0L);
        assertEquals(0x9abcdef0L, msrs.read(SYSENTER_ESP));
        msrs.write(FMASK, -1L);
        assertEquals(0xffffffffL, msrs.read(FMASK));
        refuses(msrs("haswell"), FMASK, -1L);
    }

    @Test
    void patTakesKnownTypes() {
        Msrs msrs = msrs("haswell");
        assertEquals(0x0007040600070406L, msrs.read(PAT));
        keeps(msrs, PAT, 0x0706050401000706L);
        refuses(msrs, PAT, 2);
        refuses(msrs, PAT, 3L << 56);
        refuses(msrs, PAT, 8);
    }

    @ParameterizedTest
    @CsvSource({
        "0x200, 0x7f00000006", // base, write-back
        "0x20f, 0x7ffffff800",
        "0x250, 0x0606050504040101",
        "0x26f, 0x0",
        "0x2ff, 0xc06",
    })
    void rangesKeepTypesAndAddresses(String msr, String value) {
        keeps(msrs("haswell"), Integer.decode(msr), Long.decode(value));
    }

    @ParameterizedTest
    @CsvSource({
        "0xfe, 0x508", // read-only
        "0x200, 0x8000000006", // beyond 39 bits
        "0x200, 0x2",
        "0x200, 0x106",
        "0x201, 0x400",
        "0x250, 0x07", // UC- is PAT's only
        "0x2ff, 0x806000",
        "0x2ff, 0x802",
        "0x210, 0x0", // a ninth range
    })
    void rangesRefuse(String msr, String value) {
        refuses(msrs("haswell"), Integer.decode(msr), Long.decode(value));
    }

    @Test
    void firmwareLeavesMemoryWriteBack() {
        Msrs msrs = msrs("haswell");
        assertEquals(0, msrs.read(0x2ff));
        msrs.memoryTypes().enable(3L << 30);
        assertEquals(0xc06, msrs.read(0x2ff));
        assertEquals(0xc0000000L, msrs.read(0x200));
        assertEquals(0x7fc0000800L, msrs.read(0x201));
        assertEquals(0x0606060606060606L, msrs.read(0x258));
        assertEquals(0, msrs.read(0x259));
        assertEquals(0x508, msrs.read(0xfe));
        for (int msr = 0x200; msr < 0x210; msr++) {
            msrs.write(msr, msrs.read(msr)); // what is there is valid
        }
        msrs.powerOn();
        assertEquals(0, msrs.read(0x2ff));
        assertThrows(IllegalArgumentException.class, () -> msrs.memoryTypes().enable(0xd0000001L));
    }

    @Test
    void machineCheckBanksReadZero() {
        Msrs msrs = msrs("haswell");
        int banks = (int) msrs.read(0x179) & 0xff;
        assertEquals(6, banks);
        for (int bank = 0; bank < banks; bank++) {
            int control = 0x400 + 4 * bank;
            keeps(msrs, control, -1L);
            keeps(msrs, control, -1L & ~(1L << 10));
            refuses(msrs, control, 0x123);
            keeps(msrs, control + 1, 0);
            refuses(msrs, control + 1, 1); // a status can only be cleared
            keeps(msrs, control + 2, -1L);
            keeps(msrs, control + 3, -1L);
        }
        refuses(msrs, 0x400 + 4 * banks, 0);
        keeps(msrs, 0x17a, 4);
        refuses(msrs, 0x17a, 8);
        keeps(msrs, 0x17b, -1L);
        refuses(msrs, 0x179, 0);
    }

    @Test
    void mitigationsOnlyWhereAnnounced() {
        Msrs msrs = msrs("max");
        keeps(msrs, SPEC_CTRL, 7);
        refuses(msrs, SPEC_CTRL, 8);
        msrs.write(PRED_CMD, 1);
        refuses(msrs, PRED_CMD, 2);
        faults(CpuFault.GP, () -> msrs.read(PRED_CMD));
        assertEquals(1, msrs.read(ARCH_CAPABILITIES) & 1);
        refuses(msrs, ARCH_CAPABILITIES, 0);
        Msrs bare = msrs("haswell");
        faults(CpuFault.GP, () -> bare.read(SPEC_CTRL));
        faults(CpuFault.GP, () -> bare.read(ARCH_CAPABILITIES));
        refuses(bare, PRED_CMD, 1);
        Msrs half = msrs("max,-ssbd");
        refuses(half, SPEC_CTRL, 4);
        keeps(half, SPEC_CTRL, 3);
    }

    @Test
    void miscEnable() {
        Msrs msrs = msrs("haswell");
        assertEquals(0x41801, msrs.read(MISC_ENABLE));
        msrs.write(MISC_ENABLE, 0);
        assertEquals(0x1800, msrs.read(MISC_ENABLE));
        keeps(msrs, MISC_ENABLE, 0x400c51889L);
        refuses(msrs, MISC_ENABLE, 1L << 35);
        refuses(msrs("pentium4"), MISC_ENABLE, 1 << 22);
    }

    @Test
    void microcodeRevision() {
        Msrs intel = msrs("haswell");
        intel.write(BIOS_SIGN_ID, 0);
        assertEquals(0x28L << 32, intel.read(BIOS_SIGN_ID));
        Msrs amd = msrs("epyc");
        assertEquals(0x08001278, amd.read(BIOS_SIGN_ID));
        refuses(amd, BIOS_SIGN_ID, 0);
    }

    @Test
    void amdsOwn() {
        Msrs msrs = msrs("epyc");
        assertEquals(1 << 24, msrs.read(HWCR));
        msrs.write(HWCR, 1 << 4);
        assertEquals(1 << 24 | 1 << 4, msrs.read(HWCR));
        refuses(msrs, HWCR, 1 << 18);
        keeps(msrs, 0xc0010010, 0x7c0000);
        refuses(msrs, 0xc0010010, 1 << 23); // memory encryption
        keeps(msrs, 0xc001001a, 0x80000000L);
        refuses(msrs, 0xc001001d, 0x1000);
        assertEquals(0x18, msrs.read(0xc0010114));
        refuses(msrs, 0xc0010114, 1);
        msrs.write(0xc0011029, 0);
        assertEquals(2, msrs.read(0xc0011029));
        faults(CpuFault.GP, () -> msrs.read(MISC_ENABLE));
    }
}
