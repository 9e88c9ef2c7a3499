/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/p256.h"

#include "base/wipe.h"
#include "crypto/p256_internal.h"
#include "crypto/pem_internal.h"
#include <limits.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

/*
 * PBKDF2 with HMAC-SHA-256: what every reader of PKCS #8 knows. The count is what OWASP recommends
 * (2023); it costs a fifth of a second, once for each opening.
 */
enum { ROUNDS = 600000 };

static void info_free(PKCS8_PRIV_KEY_INFO **info)
{
    PKCS8_PRIV_KEY_INFO_free(*info);
}

static void signature_info_free(X509_SIG **info)
{
    X509_SIG_free(*info);
}

static X509_SIG *encrypt(EVP_PKEY *object, np_bytes passphrase)
{
    NP_CLEANUP(info_free)
    PKCS8_PRIV_KEY_INFO *info = object == NULL ? NULL : EVP_PKEY2PKCS8(object);
    if (info == NULL || passphrase.len > INT_MAX) {
        return NULL;
    }
    X509_ALGOR *method =
        PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), ROUNDS, NULL, 0, NULL, NID_hmacWithSHA256);
    X509_SIG *made = method == NULL ? NULL
                                    : PKCS8_set0_pbe((const char *)passphrase.data,
                                                     (int)passphrase.len, info, method);
    if (made == NULL) {
        X509_ALGOR_free(method);
    }
    return made;
}

np_code pem_write_encrypted(EVP_PKEY *object, np_bytes passphrase, np_writer *writer, np_error *err)
{
    char *text = NULL;
    NP_CLEANUP(signature_info_free) X509_SIG *made = encrypt(object, passphrase);
    NP_CLEANUP(p256_bio_free) BIO *bio = BIO_new(BIO_s_mem());
    if (made == NULL || bio == NULL || PEM_write_bio_PKCS8(bio, made) != 1) {
        return p256_library_error(err, "encrypt the private key");
    }
    long len = BIO_get_mem_data(bio, &text);
    np_write_bytes(writer, np_bytes_of(text, (size_t)len));
    return NP_OK;
}

np_code np_p256_write_encrypted_pem(np_p256_key *key, np_bytes passphrase, np_writer *writer,
                                    np_error *err)
{
    return pem_write_encrypted(p256_key_object(key), passphrase, writer, err);
}
