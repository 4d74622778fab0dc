package org.xenolith.xen.domain;

/**
 * What the hypervisor knows about a domain's crash.
 *
 * @param reason one line
 * @param vcpu id of the processor at fault
 * @param details lines of registers, stack words and last hypercalls, of the processor at fault
 *     first, then of the others that are online
 */
public record CrashRecord(String reason, int vcpu, String details) {
    static CrashRecord of(Vcpu vcpu, String reason) {
        StringBuilder details = new StringBuilder();
        describe(vcpu, details);
        describeOthers(vcpu.domain, vcpu, details);
        return new CrashRecord(reason, vcpu.id, details.toString());
    }

    /** The same lines of each processor that is online, for a domain that goes on. */
    static String details(Domain domain) {
        StringBuilder details = new StringBuilder();
        describeOthers(domain, null, details);
        return details.toString();
    }

    private static void describeOthers(Domain domain, Vcpu vcpu, StringBuilder details) {
        for (Vcpu other : domain.vcpus) {
            if (other != null && other != vcpu && other.online) {
                details.append(other).append(other.blocked ? " (waits):\n" : ":\n");
                describe(other, details);
            }
        }
    }

    /** A record must come about in any state that a guest can leave behind. */
    private static void describe(Vcpu vcpu, StringBuilder details) {
        try {
            details.append(vcpu.domain.guest.describe(vcpu));
        } catch (RuntimeException e) {
            details.append("registers not available: ").append(e).append('\n');
        }
        details.append(vcpu.trace.describe());
    }
}
