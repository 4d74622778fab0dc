package org.xenolith.pv.trap.cpuid;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.xenolith.cpu.model.Feature;

/** A change of what guests see must be a change of this table. */
class CpuidPolicyTest {
    private static final String SNAPSHOT =
            """
            00000000.0: 0000000d 756e6547 6c65746e 49656e69
            00000001.0: 000106ca 00010800 f6d83203 07898171
            00000002.0: 0000ff01 00000000 00000000 00000000
            00000004.0: 00000121 01c0003f 0000003f 00000000
            00000004.1: 00000122 01c0003f 0000003f 00000000
            00000004.2: 00000143 01c0003f 000003ff 00000000
            00000007.0: 00000000 218c0129 00400700 00000000
            0000000d.0: 00000007 00000340 00000340 00000000
            0000000d.1: 00000007 00000340 00000000 00000000
            0000000d.2: 00000100 00000240 00000000 00000000
            40000000.0: 40000005 566e6558 65584d4d 4d4d566e
            40000001.0: 00040011 00000000 00000000 00000000
            40000002.0: 00000001 40000000 00000001 00000000
            40000003.0: 00000002 00000000 000f4240 00000000
            40000003.1: 00000000 00000000 80000000 00000001
            40000003.2: 000f4240 00000000 00000000 00000000
            40000005.0: 00000000 0000001c 00000000 00000000
            80000000.0: 80000008 00000000 00000000 00000000
            80000001.0: 00000000 00000000 00000021 28100800
            80000002.0: 6f6e6558 6874696c 72697620 6c617574
            80000003.0: 6f727020 73736563 0000726f 00000000
            80000006.0: 00000000 00000000 02006040 00000000
            80000008.0: 0000302e 00000000 00000000 00000000
            """;

    private final CpuidPolicy policy = new CpuidPolicy(0x10000);

    private String line(int leaf, int subleaf) {
        policy.query(leaf, subleaf, false, 7);
        return "%08x.%d: %08x %08x %08x %08x\n"
                .formatted(leaf, subleaf, policy.eax, policy.ebx, policy.ecx, policy.edx);
    }

    @Test
    void snapshot() {
        StringBuilder seen = new StringBuilder();
        for (int base : new int[] {0, 0x40000000, 0x80000000}) {
            for (int leaf = 0; leaf < 0x20; leaf++) {
                policy.query(base + leaf, 0, false, 7);
                if ((policy.eax | policy.ebx | policy.ecx | policy.edx) == 0) {
                    continue;
                }
                seen.append(line(base + leaf, 0));
                if (base + leaf == 4 || base + leaf == 0xd || base + leaf == 0x40000003) {
                    seen.append(line(base + leaf, 1)).append(line(base + leaf, 2));
                }
            }
        }
        assertEquals(SNAPSHOT, seen.toString());
    }

    @Test
    void leavesAndSubleavesOutOfRangeAreZero() {
        for (int[] leaf :
                new int[][] {
                    {0xe, 0},
                    {4, 3},
                    {4, -1},
                    {7, 1},
                    {0xd, 3},
                    {0xd, -1},
                    {0x40000006, 0},
                    {0x40000100, 0},
                    {0x40000005, 1},
                    {0x80000009, 0},
                    {-1, 0},
                    {0x20000000, 0}
                }) {
            policy.query(leaf[0], leaf[1], true, 7);
            assertEquals(0, policy.eax | policy.ebx | policy.ecx | policy.edx);
        }
    }

    @Test
    void osxsaveShowsWhenAsked() {
        policy.query(1, 0, true, 7);
        assertEquals(Feature.OSXSAVE.mask(), policy.ecx & Feature.OSXSAVE.mask());
    }

    @Test
    void xsaveAreaFollowsXcr0() {
        for (int subleaf = 0; subleaf < 2; subleaf++) {
            policy.query(0xd, subleaf, true, 3);
            assertEquals(576, policy.ebx);
            policy.query(0xd, subleaf, true, 7);
            assertEquals(832, policy.ebx);
        }
    }
}
