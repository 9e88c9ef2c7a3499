/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The auxiliary pair of certificates: for the same key, chip and serial as the primary one, but in
 * slots that stay writable (specs of NervesKey 2.2, 4.1). Reading; no heap, no libcrypto. Rule for
 * callers: a pair that is PRESENT rebuilds, whether its signatures hold is another question
 * (nerveskey/aux_plan.h).
 */
#pragma once

#include "nerveskey/identity.h"

typedef struct np_aux {
    np_aux_state state;
    np_atecc_model model;
    np_identity identity; /* its certificates are the auxiliary ones, when PRESENT */
    np_error error;       /* why it is BROKEN */
} np_aux;

/*
 * Is there a pair, as NervesKey asks: does slot 9 hold anything? 5 commands. Never PRESENT's
 * opposite BROKEN: nothing is rebuilt.
 */
NP_MUST_USE np_code np_aux_look(np_atecc *chip, np_aux_state *ret, np_error *err);

/*
 * Configuration, OTP, public key, slots 9, 14 and 15, and the certificates rebuilt from them. When
 * ABSENT, slots 14 and 15 are not read. NP_ECONFLICT_FOREIGN when the configuration or the OTP is
 * not NervesKey's.
 */
NP_MUST_USE np_code np_aux_read(np_atecc *chip, np_aux *ret, np_error *err);

/*
 * The same when the primary identity of a NervesKey was read already: 4 commands, 10 with a pair.
 * Does not fill in the model.
 */
NP_MUST_USE np_code np_aux_read_beside(np_atecc *chip, const np_identity *primary, np_aux *ret,
                                       np_error *err);

/* Certificates from the other fields: PRESENT, or BROKEN with the error. Pure. */
void np_aux_rebuild(np_aux *aux);
