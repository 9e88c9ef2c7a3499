/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What digests, signatures and verifications share: a message that comes at once or in parts, and
 * the rules of the standard for errors and lengths (2.40 5.2).
 */
#pragma once

#include "pkcs11/mechanism.h"

void operation_begin(session_operation *operation, const mechanism *chosen);

/* Adds to the message. */
void operation_add(session_operation *operation, np_bytes data);

/* For the call that takes all of a message; an error ends the operation. */
CK_RV operation_check_single(session_operation *operation, const void *data, CK_ULONG len);

/* For a part of it; an error ends the operation. */
CK_RV operation_update(session_operation *operation, const void *data, CK_ULONG len);

/*
 * For output of a known length. Without a buffer the length is told and the operation goes on, as
 * it does after a short buffer.
 */
CK_RV operation_check_output(session_operation *operation, size_t size, const void *buffer,
                             CK_ULONG *len);

/*
 * The 32 bytes that are signed: of a longer digest the left-most ones, a shorter one with zeros in
 * front (FIPS 186-4 6.4). CKR_DATA_LEN_RANGE for none at all.
 */
CK_RV operation_digest(session_operation *operation, uint8_t ret[static 32]);
