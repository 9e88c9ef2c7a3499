/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/nrf_jwt.h"

#include "base/text.h"
#include "crypto/hash.h"
#include <jansson.h>
#include <stdlib.h>

static const char header[] = "{\"alg\":\"ES256\",\"typ\":\"JWT\"}";

/* Those that Nordic's tool makes (specs of nrfcloud 1.9), in their order. */
static char *make_claims(const np_nrf_jwt *jwt)
{
    json_t *claims = json_pack("{s:s, s:s*}", "aud", jwt->team, "sub", jwt->device);
    if (jwt->expires != 0) {
        json_object_set_new(claims, "exp", json_integer(jwt->expires));
    }
    char *text = json_dumps(claims, JSON_COMPACT | JSON_ENSURE_ASCII);
    json_decref(claims);
    return text;
}

np_code np_nrf_jwt_write(const np_nrf_jwt *jwt, const np_signing *signing, np_writer *writer,
                         np_error *err)
{
    uint8_t digest[NP_SHA256_SIZE];
    uint8_t signature[NP_P256_SIGNATURE_SIZE];
    size_t from = writer->len;
    char *claims = make_claims(jwt);
    if (claims == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for a token");
    }
    np_write_base64url(writer, np_bytes_text(header));
    np_write_u8(writer, '.');
    np_write_base64url(writer, np_bytes_text(claims));
    free(claims);
    if (!np_writer_has_room(writer)) {
        return np_error_set(err, NP_EINPUT_RANGE, "the token would be too long");
    }
    np_sha256(np_bytes_of(writer->data + from, writer->len - from), digest);
    NP_TRY(signing->sign(signing->self, digest, signature, err));
    np_write_u8(writer, '.');
    np_write_base64url(writer, NP_BYTES(signature));
    return np_writer_has_room(writer)
               ? NP_OK
               : np_error_set(err, NP_EINPUT_RANGE, "the token would be too long");
}
