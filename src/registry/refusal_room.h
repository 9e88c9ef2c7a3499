/* SPDX-License-Identifier: Apache-2.0 */
/* How refusals share their room (registry/refusals.h). Inside the room. */
#pragma once

#include "registry/fleet.h"

/* In the transaction that has noted some: those go that are too many. */
NP_MUST_USE np_code refusal_make_room(np_store *store, np_error *err);
