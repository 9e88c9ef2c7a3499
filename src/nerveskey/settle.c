/* SPDX-License-Identifier: Apache-2.0 */
#include "nerveskey/settle.h"

#include "nerveskey/trust_and_go.h"

/*
 * [inf] NervesKey writes a number without leading zeros, Microchip's templates have room for four
 * digits. The signature tells which of the two was signed; this one is tried first.
 */
enum { PADS_SIGNER_ID_FIRST = false };

typedef struct root_row {
    const uint8_t *key;
    np_root root;
} root_row;

static np_code is_signed_by(const np_identity_der *der, const uint8_t *key, np_judge judge,
                            bool *ret, np_error *err)
{
    np_certificate certificate;
    NP_TRY(np_certificate_parse(np_bytes_of(der->bytes, der->len), &certificate, err));
    return np_certificate_judge(&certificate, key, judge, ret, err);
}

static np_code try_form(np_identity *identity, bool pads, np_judge judge, bool *ret_is_good,
                        np_error *err)
{
    identity->pads_signer_id = pads;
    NP_TRY(np_identity_rebuild(identity, err));
    return is_signed_by(&identity->device, identity->signer_key, judge, ret_is_good, err);
}

static np_code settle_form(np_identity *identity, np_judge judge, np_error *err)
{
    bool is_good = false;
    NP_TRY(try_form(identity, PADS_SIGNER_ID_FIRST, judge, &is_good, err));
    if (!is_good) {
        NP_TRY(try_form(identity, !PADS_SIGNER_ID_FIRST, judge, &is_good, err));
    }
    if (!is_good) {
        identity->pads_signer_id = PADS_SIGNER_ID_FIRST;
    }
    return np_identity_rebuild(identity, err);
}

static np_code try_root(np_identity *identity, const root_row *row, np_judge judge,
                        bool *ret_is_good, np_error *err)
{
    memcpy(identity->root_key, row->key, sizeof(identity->root_key));
    NP_TRY(np_identity_rebuild(identity, err));
    return is_signed_by(&identity->signer, identity->root_key, judge, ret_is_good, err);
}

static np_code settle_root(np_identity *identity, const root_row *rows, size_t count,
                           np_judge judge, np_error *err)
{
    bool is_good = false;
    for (size_t i = 0; i < count; i++) {
        NP_TRY(try_root(identity, &rows[i], judge, &is_good, err));
        if (is_good) {
            identity->root = rows[i].root;
            return NP_OK;
        }
    }
    identity->root = NP_ROOT_NONE;
    memcpy(identity->root_key, rows[0].key, sizeof(identity->root_key));
    return np_identity_rebuild(identity, err);
}

np_code np_identity_settle_by(np_identity *identity, const uint8_t *root, np_judge judge,
                              np_error *err)
{
    const root_row given[] = {{root, NP_ROOT_GIVEN}};
    const root_row known[] = {
        {np_trust_and_go_root, NP_ROOT_MICROCHIP},
        {np_trust_and_go_virtual_root, NP_ROOT_VIRTUAL},
    };
    if (identity->kind != NP_IDENTITY_TRUST_AND_GO) {
        return NP_OK;
    }
    NP_TRY(settle_form(identity, judge, err));
    return root != NULL ? settle_root(identity, given, NP_COUNT_OF(given), judge, err)
                        : settle_root(identity, known, NP_COUNT_OF(known), judge, err);
}
