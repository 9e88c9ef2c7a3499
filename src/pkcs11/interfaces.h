/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the room: C_GetInfo is the one function that knows by which list it was called. */
#pragma once

#include "pkcs11/cryptoki.h"

/* Fills info with the version of Cryptoki that is given. */
CK_RV interfaces_get_info(const char *name, CK_VERSION version, CK_INFO *info);
