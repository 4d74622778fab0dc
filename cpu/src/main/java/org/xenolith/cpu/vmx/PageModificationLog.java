package org.xenolith.cpu.vmx;

import org.xenolith.cpu.state.EptWalker;

/**
 * The log of guest pages that have become dirty (SDM vol. 3C, 29.3.6): 512 addresses in a page of
 * RAM, filled from its end.
 */
final class PageModificationLog implements EptWalker.DirtyLog {
    private static final int ENTRIES = 512;
    private final NonRootOperation owner;

    PageModificationLog(NonRootOperation owner) {
        this.owner = owner;
    }

    @Override
    public boolean add(long guestPhysical) {
        int index = owner.field(VmcsField.PML_INDEX);
        if (index >= ENTRIES) {
            return false;
        }
        long at = owner.vmcs.read(VmcsField.PML_ADDRESS) + 8L * index;
        if (owner.cpu.ram.contains(at, 8)) {
            owner.cpu.ram.put64(at, guestPhysical);
        }
        owner.put(VmcsField.PML_INDEX, index - 1);
        return true;
    }
}
