/* SPDX-License-Identifier: Apache-2.0 */
#include "support/reference.h"

#include "support/test.h"
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/sha.h>

void reference_sha256(np_bytes message, uint8_t ret[static 32])
{
    assert_non_null(SHA256(message.data, message.len, ret));
}

void reference_hmac(np_bytes key, np_bytes message, uint8_t ret[static 32])
{
    assert_non_null(
        HMAC(EVP_sha256(), key.data, (int)key.len, message.data, message.len, ret, NULL));
}

void reference_unmask(const uint8_t io_key[static 32], np_bytes answer, uint8_t *ret)
{
    size_t len = answer.len - 32;
    for (size_t i = 0; i < len; i++) {
        uint8_t input[48], mask[32];
        memcpy(input, io_key, 32);
        memcpy(input + 32, answer.data + len + i / 32 * 16, 16);
        reference_sha256(NP_BYTES(input), mask);
        ret[i] = answer.data[i] ^ mask[i % 32];
    }
}

void reference_tls_prf(np_bytes key, np_bytes seed, uint8_t *ret, size_t size)
{
    char name[] = "SHA256";
    uint8_t secret[64];
    uint8_t joined[128];
    assert_true(key.len <= sizeof(secret) && seed.len <= sizeof(joined));
    memcpy(secret, key.data, key.len);
    memcpy(joined, seed.data, seed.len);
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, name, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, secret, key.len),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, joined, seed.len),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
    assert_int_equal(EVP_KDF_derive(context, ret, size, params), 1);
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
}

void reference_aes(const uint8_t key[static 16], const uint8_t block[static 16],
                   uint8_t ret[static 16])
{
    int len = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    assert_int_equal(EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), NULL, key, NULL), 1);
    assert_int_equal(EVP_CIPHER_CTX_set_padding(context, 0), 1);
    assert_int_equal(EVP_EncryptUpdate(context, ret, &len, block, 16), 1);
    assert_int_equal(len, 16);
    EVP_CIPHER_CTX_free(context);
}

static void add_text(EVP_CIPHER_CTX *context, np_bytes bytes, uint8_t *ret)
{
    int len = 0;
    if (bytes.len > 0) {
        assert_int_equal(EVP_EncryptUpdate(context, ret, &len, bytes.data, (int)bytes.len), 1);
        assert_int_equal(len, bytes.len);
    }
}

void reference_gcm(const reference_gcm_case *one, uint8_t *ret_cipher, uint8_t ret_tag[static 16])
{
    int len = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    assert_int_equal(EVP_EncryptInit_ex(context, EVP_aes_128_gcm(), NULL, NULL, NULL), 1);
    assert_int_equal(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_IVLEN, (int)one->iv.len, NULL),
                     1);
    assert_int_equal(EVP_EncryptInit_ex(context, NULL, NULL, one->key.data, one->iv.data), 1);
    add_text(context, one->extra, NULL);
    add_text(context, one->text, ret_cipher);
    assert_int_equal(EVP_EncryptFinal_ex(context, ret_tag, &len), 1);
    assert_int_equal(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, 16, ret_tag), 1);
    EVP_CIPHER_CTX_free(context);
}
