/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wipe.h"
#include "crypto/p256_internal.h"
#include "crypto/pem_internal.h"
#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>
#include <openssl/pem.h>

/* Without one an encrypted key is refused; libcrypto's own callback would ask on the terminal. */
static int give_passphrase(char *buffer, int size, int is_writing, void *self)
{
    const np_bytes *passphrase = self;
    (void)is_writing;
    if (passphrase->data == NULL || size < 0 || passphrase->len > (size_t)size) {
        return -1;
    }
    memcpy(buffer, passphrase->data, passphrase->len);
    return (int)passphrase->len;
}

EVP_PKEY *pem_read_private_key(np_bytes pem, np_bytes passphrase)
{
    if (pem.len > INT_MAX) {
        return NULL;
    }
    NP_CLEANUP(p256_bio_free) BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
    return bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, &passphrase);
}

static bool is_p256(const EVP_PKEY *object)
{
    char group[80] = "";
    return EVP_PKEY_is_a(object, "EC") == 1 &&
           EVP_PKEY_get_group_name(object, group, sizeof(group), NULL) == 1 &&
           strcmp(group, SN_X9_62_prime256v1) == 0;
}

static bool get_scalar(const EVP_PKEY *object, np_secret32 *ret)
{
    BIGNUM *found = NULL;
    bool is_found = EVP_PKEY_get_bn_param(object, OSSL_PKEY_PARAM_PRIV_KEY, &found) == 1;
    NP_CLEANUP(p256_bn_free) BIGNUM *number = found;
    return is_found && BN_bn2binpad(number, ret->bytes, sizeof(ret->bytes)) == sizeof(ret->bytes);
}

/* libcrypto believes the public key that stands beside the private one; we compute it. */
static bool has_point(const EVP_PKEY *object, const np_p256_key *key)
{
    uint8_t computed[NP_P256_POINT_SIZE];
    uint8_t octets[1 + NP_P256_POINT_SIZE];
    size_t len = 0;
    np_p256_public(key, computed);
    return EVP_PKEY_get_octet_string_param(object, OSSL_PKEY_PARAM_PUB_KEY, octets, sizeof(octets),
                                           &len) == 1 &&
           ((len == sizeof(octets) && memcmp(octets + 1, computed, sizeof(computed)) == 0) ||
            (len == 33 && memcmp(octets + 1, computed, 32) == 0));
}

static np_code key_from_object(const EVP_PKEY *object, np_p256_key **ret_key, np_error *err)
{
    NP_SECRET32 scalar = {0};
    if (!is_p256(object)) {
        return np_error_set(err, NP_EINPUT_FORMAT, "the private key is not on the curve P-256");
    }
    if (!get_scalar(object, &scalar) || !np_p256_is_scalar(scalar.bytes)) {
        return np_error_set(err, NP_EINPUT_FORMAT, "the private key is damaged");
    }
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    NP_TRY(np_p256_from_scalar(scalar.bytes, &key, err));
    if (!has_point(object, key)) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "the private key file carries the public key of another key");
    }
    *ret_key = key;
    key = NULL;
    return NP_OK;
}

static np_code refuse_pem(bool is_encrypted, np_error *err)
{
    if (is_encrypted) {
        np_error_set(err, NP_EINPUT_KEY, "the private key does not open with this passphrase");
        return np_error_hint(err, NP_EINPUT_KEY, "it was given another when it was made");
    }
    np_error_set(err, NP_EINPUT_FORMAT, "no private key in PEM that can be read");
    return np_error_hint(err, NP_EINPUT_FORMAT,
                         "want an 'EC PRIVATE KEY' or 'PRIVATE KEY' of P-256, or an encrypted one "
                         "with its passphrase");
}

np_code np_p256_parse_encrypted_pem(np_bytes pem, np_bytes passphrase, np_p256_key **ret_key,
                                    np_error *err)
{
    *ret_key = NULL;
    ERR_set_mark();
    NP_CLEANUP(p256_object_free) EVP_PKEY *object = pem_read_private_key(pem, passphrase);
    bool is_encrypted = passphrase.data != NULL && np_p256_pem_is_encrypted(pem);
    np_code code =
        object == NULL ? refuse_pem(is_encrypted, err) : key_from_object(object, ret_key, err);
    ERR_pop_to_mark();
    return code;
}

np_code np_p256_parse_pem(np_bytes pem, np_p256_key **ret_key, np_error *err)
{
    return np_p256_parse_encrypted_pem(pem, (np_bytes){0}, ret_key, err);
}

/* PKCS #8's own label, or the header of the old form that openssl ec -aes128 still writes. */
bool np_p256_pem_is_encrypted(np_bytes pem)
{
    static const char *const marks[] = {"-----BEGIN ENCRYPTED PRIVATE KEY-----",
                                        "Proc-Type: 4,ENCRYPTED"};
    for (size_t i = 0; i < NP_COUNT_OF(marks) && pem.len > 0; i++) {
        if (memmem(pem.data, pem.len, marks[i], strlen(marks[i])) != NULL) {
            return true;
        }
    }
    return false;
}
