/* SPDX-License-Identifier: Apache-2.0 */
#include "nordic/snapshot.h"

#include "nordic/reply.h"

static np_code keep_place(void *self, const np_credential *credential, np_error *err)
{
    np_nordic_place *places = self;
    (void)err;
    if (credential->type < NP_NORDIC_PLACES) {
        np_nordic_place *place = &places[credential->type];
        place->is_there = true;
        place->has_digest = credential->has_digest;
        memcpy(place->digest, credential->digest, sizeof(place->digest));
    }
    return NP_OK;
}

np_code np_nordic_places_read(np_modem *modem, np_sec_tag tag,
                              np_nordic_place ret[static NP_NORDIC_PLACES], np_error *err)
{
    const np_credential_filter filter = {.has_tag = true, .tag = tag};
    memset(ret, 0, NP_NORDIC_PLACES * sizeof(*ret));
    return np_modem_list(modem, &filter, keep_place, ret, err);
}

/* What a command that not every modem has says; a line that is lost is an error all the same. */
static np_code attest(np_modem *modem, char ret[static NP_UUID_TEXT_SIZE], np_error *err)
{
    np_modem_token token;
    np_error refused;
    np_code code = np_modem_attest(modem, NULL, &token, &refused);
    if (code == NP_EDEVICE_STATUS) {
        return NP_OK;
    }
    if (code == NP_OK) {
        code = np_nordic_attested_uuid(&token, ret, &refused);
    }
    if (code != NP_OK && err != NULL) {
        *err = refused;
    }
    return code;
}

np_code np_nordic_snapshot_take(np_modem *modem, np_sec_tag tag, np_nordic_snapshot *ret,
                                np_error *err)
{
    *ret = (np_nordic_snapshot){
        .host = np_modem_host_of(modem), .has_at = np_modem_has_at(modem), .tag = tag};
    if (ret->has_at) {
        NP_TRY(np_modem_identify(modem, &ret->identity, err));
        NP_TRY(np_modem_get_mode(modem, &ret->mode, err));
        if (ret->identity.device_uuid[0] == '\0') {
            NP_TRY(attest(modem, ret->identity.device_uuid, err));
        }
    }
    return np_nordic_places_read(modem, tag, ret->places, err);
}
