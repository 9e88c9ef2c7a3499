/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a file to a key, in two steps as libcrypto likes it: a PEM block of our label becomes DER,
 * the DER of a key reference becomes a key. Anything else is left to the other decoders, which is
 * no error: "empty handed" in libcrypto's words.
 */
#include "provider/chip_key.h"
#include "provider/operations.h"
#include "x509/pem.h"
#include <openssl/core_names.h>
#include <openssl/core_object.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

/* A line of PEM has 64 characters; longer ones are read in pieces. */
enum { LINE_SIZE = 256 };

static void *new_decoder(void *root)
{
    return root; /* it has nothing of its own */
}

static void free_decoder(void *root)
{
    (void)root;
}

/* Key references are for those who want a private key, or whatever there is. */
static int does_selection(void *root, int selection)
{
    (void)root;
    return selection == 0 || (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0;
}

static bool begins(const char *line, const char *start)
{
    return strncmp(line, start, strlen(start)) == 0;
}

/*
 * The next PEM block, whatever its label, and not a byte behind it: where the reading stops, the
 * next attempt begins. A block that is too large for a key reference is passed over.
 */
static bool read_block(const face_root *root, OSSL_CORE_BIO *input, np_writer *writer)
{
    char line[LINE_SIZE];
    bool is_inside = false;
    while (root->bio_gets(input, line, sizeof(line)) > 0) {
        is_inside = is_inside || begins(line, "-----BEGIN ");
        if (is_inside) {
            np_write_text(writer, line);
        }
        if (is_inside && begins(line, "-----END ")) {
            return np_writer_has_room(writer);
        }
    }
    return false;
}

static int pass_on(np_bytes der, OSSL_CALLBACK *take, void *self)
{
    char structure[] = FACE_STRUCTURE;
    char type[] = FACE_KEY_TYPE;
    uint8_t copy[NP_KEY_REFERENCE_DER_MAX];
    int kind = OSSL_OBJECT_PKEY;
    memcpy(copy, der.data, der.len);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_int(OSSL_OBJECT_PARAM_TYPE, &kind),
        OSSL_PARAM_construct_utf8_string(OSSL_OBJECT_PARAM_DATA_TYPE, type, 0),
        OSSL_PARAM_construct_utf8_string(OSSL_OBJECT_PARAM_DATA_STRUCTURE, structure, 0),
        OSSL_PARAM_construct_octet_string(OSSL_OBJECT_PARAM_DATA, copy, der.len),
        OSSL_PARAM_construct_end(),
    };
    return take(params, self);
}

/* Looked into at once: OpenSSL's file store does not pass on what the second step says about it. */
static np_code check_block(np_bytes text, np_writer *der, np_error *err)
{
    np_key_reference reference;
    NP_TRY(np_pem_decode(text, NP_KEY_REFERENCE_LABEL, der, err));
    np_code code = np_key_reference_decode(np_writer_bytes(der), &reference, err);
    return code != NP_EINPUT_MISSING
               ? code
               : np_error_set(err, NP_EINPUT_FORMAT, "the key reference is damaged: nothing in it");
}

static int decode_pem(void *data, OSSL_CORE_BIO *input, int selection, OSSL_CALLBACK *take,
                      void *self, FACE_ASK)
{
    const face_root *root = data;
    uint8_t text[NP_KEY_REFERENCE_PEM_MAX];
    uint8_t der[NP_KEY_REFERENCE_DER_MAX];
    np_writer block = np_writer_of(text, sizeof(text));
    np_writer writer = np_writer_of(der, sizeof(der));
    np_error err;
    (void)selection, (void)ask, (void)ask_self;
    if (!read_block(root, input, &block)) {
        return 1;
    }
    np_code code = check_block(np_writer_bytes(&block), &writer, &err);
    if (code == NP_EINPUT_MISSING) {
        return 1;
    }
    if (code != NP_OK) {
        face_raise(root, &err, __func__);
        return 0;
    }
    return pass_on(np_writer_bytes(&writer), take, self);
}

static np_bytes read_all(const face_root *root, OSSL_CORE_BIO *input, uint8_t *buffer, size_t size)
{
    size_t len = 0;
    size_t got = 0;
    while (len < size && root->bio_read(input, buffer + len, size - len, &got) == 1 && got > 0) {
        len += got;
    }
    return np_bytes_of(buffer, len);
}

static int offer_key(face_key *key, OSSL_CALLBACK *take, void *self)
{
    char type[] = FACE_KEY_TYPE;
    int kind = OSSL_OBJECT_PKEY;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_int(OSSL_OBJECT_PARAM_TYPE, &kind),
        OSSL_PARAM_construct_utf8_string(OSSL_OBJECT_PARAM_DATA_TYPE, type, 0),
        OSSL_PARAM_construct_octet_string(OSSL_OBJECT_PARAM_REFERENCE, &key, sizeof(key)),
        OSSL_PARAM_construct_end(),
    };
    return take(params, self);
}

static int decode_der(void *data, OSSL_CORE_BIO *input, int selection, OSSL_CALLBACK *take,
                      void *self, FACE_ASK)
{
    face_root *root = data;
    uint8_t buffer[NP_KEY_REFERENCE_DER_MAX];
    np_key_reference reference;
    NP_CLEANUP(face_key_clear) face_key *key = NULL;
    np_error err;
    (void)selection, (void)ask, (void)ask_self;
    np_bytes der = read_all(root, input, buffer, sizeof(buffer));
    np_code code = np_key_reference_decode(der, &reference, &err);
    if (code == NP_EINPUT_MISSING) {
        return 1;
    }
    if (code == NP_OK) {
        code = face_key_from_reference(root, &reference, &key, &err);
    }
    if (code != NP_OK) {
        face_raise(root, &err, __func__);
        return 0;
    }
    return offer_key(key, take, self);
}

const OSSL_DISPATCH face_pem_decoder[] = {
    FACE_ROW(OSSL_FUNC_DECODER_NEWCTX, decoder_newctx, new_decoder),
    FACE_ROW(OSSL_FUNC_DECODER_FREECTX, decoder_freectx, free_decoder),
    FACE_ROW(OSSL_FUNC_DECODER_DOES_SELECTION, decoder_does_selection, does_selection),
    FACE_ROW(OSSL_FUNC_DECODER_DECODE, decoder_decode, decode_pem),
    {0, NULL},
};

const OSSL_DISPATCH face_der_decoder[] = {
    FACE_ROW(OSSL_FUNC_DECODER_NEWCTX, decoder_newctx, new_decoder),
    FACE_ROW(OSSL_FUNC_DECODER_FREECTX, decoder_freectx, free_decoder),
    FACE_ROW(OSSL_FUNC_DECODER_DOES_SELECTION, decoder_does_selection, does_selection),
    FACE_ROW(OSSL_FUNC_DECODER_DECODE, decoder_decode, decode_der),
    {0, NULL},
};
