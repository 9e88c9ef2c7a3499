/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing and clearing the auxiliary certificates. The slots stay writable, so nothing here is
 * irreversible: whatever an interruption leaves, the same call again mends it. Needs libcrypto.
 */
#pragma once

#include "nerveskey/aux.h"
#include "nerveskey/plan.h"

typedef struct np_aux_plan {
    np_atecc_model model;
    np_chip_serial chip_serial;
    np_nerveskey_otp otp;
    uint8_t public_key[64];
    uint8_t dates[NP_DATES_SIZE]; /* of the certificate to be issued */
    uint8_t signer_compressed[NP_COMPRESSED_SIZE];
    uint8_t signer_key[64];
    bool is_done;     /* a good pair of this signer is there already */
    uint8_t hash[32]; /* of chip serial, model, OTP and signer fingerprint */
} np_aux_plan;

/*
 * Is the pair good: PRESENT, the signer signed itself, and it signed a certificate for the key in
 * slot 0? False for any other state.
 */
NP_MUST_USE np_code np_aux_check(const np_aux *aux, bool *ret_is_good, np_error *err);

/*
 * From what was read to what shall be written; writes nothing. NP_ECONFLICT_OTHER when the data
 * zone is not locked; NP_EINPUT_TIME when the signer may not sign now or the date cannot be stored,
 * unless nothing is left to do.
 */
NP_MUST_USE np_code np_aux_plan_compute(const np_aux *there, const np_plan_signer *signer,
                                        int64_t now, np_aux_plan *ret, np_error *err);

/*
 * Issues the certificate, writes slots 9, 14 and 15 (8 Writes), reads everything back and checks
 * it. NP_EDEVICE_VERIFY when it differs. ret is what was read back. The chip is asleep afterwards
 * if it can be reached.
 */
NP_MUST_USE np_code np_aux_plan_apply(const np_aux_plan *plan, np_atecc *chip,
                                      const np_signing *signing, np_aux *ret, np_error *err);

/* Zeros into slots 9, 14 and 15 (9 Writes), read back. The chip is asleep afterwards. */
NP_MUST_USE np_code np_aux_clear(np_atecc *chip, np_error *err);
