/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/issuers.h"

#include "base/text.h"
#include "x509/certificate.h"
#include <stdlib.h>

void cloud_issuers_clear(cloud_issuers *issuers)
{
    for (size_t i = 0; i < issuers->count; i++) {
        free(issuers->at[i].der);
    }
    issuers->count = 0;
}

static cloud_issuer *find_hash(cloud_issuers *issuers, const uint8_t *hash)
{
    for (size_t i = 0; i < issuers->count; i++) {
        if (memcmp(issuers->at[i].hash, hash, NP_SHA256_SIZE) == 0) {
            return &issuers->at[i];
        }
    }
    return NULL;
}

static cloud_issuer *keep(cloud_issuers *issuers, np_bytes der)
{
    uint8_t hash[NP_SHA256_SIZE];
    np_sha256(der, hash);
    cloud_issuer *found = find_hash(issuers, hash);
    if (found != NULL || issuers->count == CLOUD_ISSUERS_MAX) {
        return found;
    }
    uint8_t *copy = malloc(der.len);
    if (copy == NULL) {
        return NULL;
    }
    memcpy(copy, der.data, der.len);
    cloud_issuer *added = &issuers->at[issuers->count++];
    *added = (cloud_issuer){.der = copy, .len = der.len};
    memcpy(added->hash, hash, sizeof(hash));
    return added;
}

static cloud_issuer *add_text(cloud_issuers *issuers, const json_t *text)
{
    uint8_t der[NP_CERTIFICATE_MAX];
    np_writer writer = np_writer_of(der, sizeof(der));
    np_certificate parsed;
    bool is_good = json_is_string(text) &&
                   np_parse_base64(np_bytes_of(json_string_value(text), json_string_length(text)),
                                   &writer, NULL) == NP_OK &&
                   np_certificate_parse(np_writer_bytes(&writer), &parsed, NULL) == NP_OK;
    return is_good ? keep(issuers, np_writer_bytes(&writer)) : NULL;
}

cloud_issuer *cloud_issuers_add(cloud_issuers *issuers, const json_t *list)
{
    cloud_issuer *first = NULL;
    for (size_t i = 0; i < json_array_size(list); i++) {
        cloud_issuer *added = add_text(issuers, json_array_get(list, i));
        first = i == 0 ? added : first;
    }
    return first;
}

static cloud_issuer *find_name(cloud_issuers *issuers, np_bytes name)
{
    cloud_issuer *found = NULL;
    for (size_t i = 0; i < issuers->count; i++) {
        np_certificate parsed;
        np_bytes der = np_bytes_of(issuers->at[i].der, issuers->at[i].len);
        if (np_certificate_parse(der, &parsed, NULL) != NP_OK ||
            !np_bytes_equal(parsed.subject, name)) {
            continue;
        }
        if (found != NULL) {
            return NULL;
        }
        found = &issuers->at[i];
    }
    return found;
}

cloud_issuer *cloud_issuers_find(cloud_issuers *issuers, const json_t *unit, np_bytes issuer_name)
{
    uint8_t hash[NP_SHA256_SIZE];
    const json_t *chain = json_object_get(unit, "chain");
    const char *id = json_string_value(json_object_get(unit, "issuer_id"));
    if (json_array_size(chain) > 0) {
        return cloud_issuers_add(issuers, chain);
    }
    if (id != NULL && np_parse_hex(id, hash, sizeof(hash), NULL) == NP_OK) {
        return find_hash(issuers, hash);
    }
    return issuer_name.len > 0 ? find_name(issuers, issuer_name) : NULL;
}
