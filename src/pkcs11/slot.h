/* SPDX-License-Identifier: Apache-2.0 */
/* From a slot to the chip in it: reading it once, and what its troubles mean to a program. */
#pragma once

#include "pkcs11/module.h"

/*
 * What the slot's chip has. Reads the chip the first time. CKR_DEVICE_REMOVED when the call has a
 * session of a chip that was there before; a call without a session takes another chip as it is.
 */
CK_RV slot_view(module_call *call, const view **ret);

/* Is there a chip? Reads it when that is not known yet, asks it when it was not there. */
bool slot_is_present(module_call *call);

/* Asks the chip in any case: 1 command. */
bool slot_probe(module_call *call);

/* Another chip may have taken its place: sessions opened from now on are with that one. */
void slot_accept_chip(module_slot *slot);

/*
 * The code for an error of the token room, which is logged and remembered. Without a session in
 * the call it is one for slots and tokens.
 */
CK_RV slot_trouble(module_call *call, const np_error *trouble);

/* And for its opposite. */
CK_RV slot_success(module_call *call);

/* Is a login needed before private objects can be seen? */
bool slot_needs_login(const module_slot *slot);
