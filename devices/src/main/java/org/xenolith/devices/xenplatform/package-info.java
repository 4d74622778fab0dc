/**
 * The device by which an HVM guest finds its Xen: {@link
 * org.xenolith.devices.xenplatform.XenPlatform} is a PCI function with ports and memory, {@link
 * org.xenolith.devices.xenplatform.PlatformPorts} are its fixed ports from 0x10, where drivers tell
 * who they are and unplug emulated devices ({@code docs/misc/hvm-emulated-unplug.pandoc} of Xen).
 */
package org.xenolith.devices.xenplatform;
