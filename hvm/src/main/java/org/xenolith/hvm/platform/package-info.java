/**
 * What a translated guest's processors stand on: {@link org.xenolith.hvm.platform.PcPlatform} is
 * the board of an HVM domain, {@link org.xenolith.hvm.platform.BarePlatform} the next to nothing
 * that a PVH domain has.
 */
package org.xenolith.hvm.platform;
