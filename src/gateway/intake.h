/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware that somebody hands in: an archive is judged with the organisation's keys and against
 * the newest that was accepted for its product and platform; what is accepted is recorded. The
 * archive itself is not kept. The one way in, for the command and the management API alike.
 */
#pragma once

#include "gateway/trusted.h"

typedef struct np_intake {
    np_bytes org;
    np_bytes product;
    const np_firmware_source *source;
    np_firmware_facts *facts;    /* for showing them; its texts live as long */
    np_firmware_verdict verdict; /* the outcome */
    np_trusted_keys trusted;
} np_intake;

/*
 * Org, product, source and facts are set. Records nothing. NP_EINPUT_MISSING when the organisation
 * has no key for the product; errors of reading, and of the store.
 */
NP_MUST_USE np_code np_intake_judge(np_store *store, np_intake *intake, np_error *err);

/*
 * Records an archive that was accepted; sha256 is that of the whole file. What is new by now is
 * seen: NP_EPOLICY when the key is trusted no more, or the UUID has another archive.
 */
NP_MUST_USE np_code np_intake_record(np_store *store, const np_intake *intake,
                                     const uint8_t sha256[static NP_FINGERPRINT_BYTES],
                                     const np_actor *actor, np_error *err);
