package org.xenolith.xen.domain;

import org.xenolith.xen.frames.FrameTable;
import org.xenolith.xen.grant.GrantMapping;
import org.xenolith.xen.grant.MapTrack;

/** Returns the frames of a domain that goes away. */
final class Teardown {
    private Teardown() {}

    static void releaseFrames(Domain dying) {
        FrameTable frames = dying.frames();
        MapTrack own = dying.grants.maps;
        for (int handle = 0; handle < own.size(); handle++) {
            MapTrack.Entry entry = own.get(handle);
            if (entry != null) {
                Domain granter = dying.machine.domain(entry.domid());
                GrantMapping.release(
                        entry, entry.flags(), frames, granter == null ? null : granter.grants);
                own.remove(handle);
            }
        }
        int[] references = new int[frames.size()];
        int[] writers = new int[frames.size()];
        for (Domain other : dying.machine.domains()) {
            MapTrack maps = other.grants.maps;
            for (int handle = 0; handle < maps.size(); handle++) {
                MapTrack.Entry entry = maps.get(handle);
                if (entry != null && entry.domid() == dying.domid) {
                    int count = GrantMapping.count(entry.flags());
                    references[(int) entry.mfn()] += count;
                    writers[(int) entry.mfn()] += GrantMapping.readOnly(entry.flags()) ? 0 : count;
                }
            }
        }
        frames.reclaim(dying.domid, m -> references[m], m -> writers[m]);
    }
}
