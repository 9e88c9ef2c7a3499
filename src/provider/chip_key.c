/* SPDX-License-Identifier: Apache-2.0 */
#include "provider/chip_key.h"

#include "base/text.h"
#include "x509/der.h"
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum { UNCOMPRESSED = 0x04 };

face_key *face_key_new(face_root *root)
{
    face_key *key = calloc(1, sizeof(*key));
    if (key != NULL) {
        key->root = root;
        atomic_init(&key->users, 1);
    }
    return key;
}

np_code face_key_from_reference(face_root *root, const np_key_reference *reference, face_key **ret,
                                np_error *err)
{
    NP_CLEANUP(face_key_clear) face_key *key = face_key_new(root);
    if (key == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for a key");
    }
    key->reference = *reference;
    key->has_point = true;
    NP_TRY(face_chip_get(root, reference->chip, reference->slot, &reference->chip_serial,
                         &key->chip, err));
    *ret = key;
    key = NULL;
    return NP_OK;
}

face_key *face_key_share(face_key *key)
{
    atomic_fetch_add(&key->users, 1);
    return key;
}

void face_key_free(face_key *key)
{
    if (key != NULL && atomic_fetch_sub(&key->users, 1) == 1) {
        face_chip_put(key->root, key->chip);
        free(key);
    }
}

void face_key_write_point(const face_key *key, uint8_t ret[static FACE_POINT_OCTETS])
{
    ret[0] = UNCOMPRESSED;
    memcpy(ret + 1, key->reference.point, sizeof(key->reference.point));
}

/* The left-most 32 bytes, or with zeros before it: the number that ECDSA takes is the same. */
static void fit_digest(np_bytes digest, uint8_t ret[static FACE_DIGEST_SIZE])
{
    size_t len = digest.len < FACE_DIGEST_SIZE ? digest.len : FACE_DIGEST_SIZE;
    memset(ret, 0, FACE_DIGEST_SIZE);
    if (len > 0) {
        memcpy(ret + FACE_DIGEST_SIZE - len, digest.data, len);
    }
}

static np_code refuse_other(const face_key *key, const np_chip_serial *found, np_error *err)
{
    char meant[2 * sizeof(found->bytes) + 1];
    char there[2 * sizeof(found->bytes) + 1];
    np_format_hex(NP_BYTES(key->reference.chip_serial.bytes), meant);
    np_format_hex(NP_BYTES(found->bytes), there);
    np_error_set(err, NP_ECONFLICT_OTHER, "%s: the chip is %s, the key reference names %s",
                 key->reference.chip, there, meant);
    return np_error_hint(
        err, NP_ECONFLICT_OTHER,
        "put the right chip back, or make a new one: nameplate chip key-reference");
}

/* Before a key is used: is the chip the one that has it? */
static np_code find_chip(face_key *key, np_token **ret, np_error *err)
{
    const np_token_facts *facts = NULL;
    if (key->chip == NULL) {
        return np_error_set(err, NP_EUSAGE, "this is a public key: it is in no chip");
    }
    *ret = face_chip_token(key->chip);
    NP_TRY(np_token_read(*ret, &facts, err));
    bool is_it =
        memcmp(&facts->chip_serial, &key->reference.chip_serial, sizeof(facts->chip_serial)) == 0;
    return is_it ? NP_OK : refuse_other(key, &facts->chip_serial, err);
}

/* What the chip refuses, its configuration forbids, or an authorisation is missing. */
static np_code add_hint(np_code code, np_error *err)
{
    if (code != NP_EDEVICE_STATUS) {
        return code;
    }
    return np_error_hint(err, code,
                         "nameplate chip explain tells what the slot allows; a volatile key wants "
                         "nameplate chip authorize first");
}

np_code face_key_sign(face_key *key, np_bytes digest, np_writer *writer, np_error *err)
{
    uint8_t fitted[FACE_DIGEST_SIZE];
    uint8_t signature[64];
    np_token *token = NULL;
    NP_CLEANUP(face_end) face_visit visit = face_begin(key->root);
    (void)visit;
    fit_digest(digest, fitted);
    NP_TRY(find_chip(key, &token, err));
    NP_TRY(add_hint(np_token_sign(token, fitted, signature, err), err));
    np_der_write_signature(writer, signature);
    return NP_OK;
}

np_code face_key_agree(face_key *key, const face_key *peer, uint8_t ret[static 32], np_error *err)
{
    np_token *token = NULL;
    NP_CLEANUP(face_end) face_visit visit = face_begin(key->root);
    (void)visit;
    NP_TRY(find_chip(key, &token, err));
    return add_hint(np_token_agree(token, peer->reference.point, ret, err), err);
}

static void free_object(EVP_PKEY **object)
{
    EVP_PKEY_free(*object);
}

static void free_context(EVP_PKEY_CTX **context)
{
    EVP_PKEY_CTX_free(*context);
}

static EVP_PKEY *make_object(const face_key *key)
{
    char group[] = FACE_GROUP;
    uint8_t octets[FACE_POINT_OCTETS];
    EVP_PKEY *object = NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, octets, sizeof(octets)),
        OSSL_PARAM_construct_end(),
    };
    NP_CLEANUP(free_context)
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(key->root->own, "EC", NULL);
    face_key_write_point(key, octets);
    if (context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &object, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        return NULL;
    }
    return object;
}

bool face_key_verify(const face_key *key, np_bytes digest, np_bytes signature)
{
    NP_CLEANUP(free_object) EVP_PKEY *object = make_object(key);
    NP_CLEANUP(free_context)
    EVP_PKEY_CTX *context =
        object == NULL ? NULL : EVP_PKEY_CTX_new_from_pkey(key->root->own, object, NULL);
    return context != NULL && EVP_PKEY_verify_init(context) == 1 &&
           EVP_PKEY_verify(context, signature.data, signature.len, digest.data, digest.len) == 1;
}
