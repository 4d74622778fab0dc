/** HVM and PVH guests as users start them; begin at {@link org.xenolith.hvm.guest.HvmGuest}. */
package org.xenolith.hvm.guest;
