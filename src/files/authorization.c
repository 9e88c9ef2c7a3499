/* SPDX-License-Identifier: Apache-2.0 */
#include "files/authorization.h"

#include "base/text.h"
#include "files/key.h"
#include <string.h>

void np_authorization_file_clear(np_authorization_file *authorization)
{
    np_file_clear(&authorization->file);
}

np_code np_authorization_file_load(const char *path, np_authorization_file *ret, np_error *err)
{
    NP_TRY(np_file_load(path, &ret->file, err));
    np_code code = np_authorization_parse(np_file_bytes(&ret->file), &ret->terms, err);
    if (code != NP_OK) {
        return np_error_prefix(err, code, "%s", path);
    }
    np_format_hex(NP_BYTES(ret->terms.id), ret->id);
    return NP_OK;
}

np_code np_authorization_file_verify(const np_authorization_file *authorization, const char *path,
                                     const char *key_path, np_error *err)
{
    uint8_t key[NP_P256_POINT_SIZE];
    NP_TRY(np_key_file_load_public(key_path, key, err));
    np_code code = np_authorization_verify(&authorization->terms, key, err);
    return code == NP_OK ? NP_OK : np_error_prefix(err, code, "%s", path);
}

np_issuance_terms np_authorization_file_issuance(const np_authorization_file *authorization,
                                                 const uint8_t station[static 32])
{
    np_issuance_terms terms = {.id = np_bytes_text(authorization->id),
                               .batch = authorization->terms.batch,
                               .count = authorization->terms.count};
    np_authorization_digest(&authorization->terms, terms.digest);
    memcpy(terms.station, station, sizeof(terms.station));
    return terms;
}
