/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/any_key.h"

#include "base/wipe.h"
#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

enum { SIGNATURE_STRENGTH_MIN = 112 }; /* NIST SP 800-57 part 1, table 4: until 2030 */

static void free_object(EVP_PKEY **object)
{
    EVP_PKEY_free(*object);
}

static void free_certificate(X509 **certificate)
{
    X509_free(*certificate);
}

/* Nothing may stand behind it. */
static EVP_PKEY *read_key(np_bytes spki)
{
    const unsigned char *at = spki.data;
    EVP_PKEY *object = spki.len > LONG_MAX ? NULL : d2i_PUBKEY(NULL, &at, (long)spki.len);
    if (object != NULL && at != spki.data + spki.len) {
        EVP_PKEY_free(object);
        object = NULL;
    }
    ERR_clear_error();
    return object;
}

static bool can_sign(const EVP_PKEY *object)
{
    static const char *const kinds[] = {"RSA", "RSA-PSS", "EC", "ED25519", "ED448"};
    for (size_t i = 0; i < NP_COUNT_OF(kinds); i++) {
        if (EVP_PKEY_is_a(object, kinds[i]) == 1) {
            return true;
        }
    }
    return false;
}

unsigned np_any_key_strength(np_bytes spki)
{
    NP_CLEANUP(free_object) EVP_PKEY *object = read_key(spki);
    int bits = object == NULL || !can_sign(object) ? 0 : EVP_PKEY_get_security_bits(object);
    return bits < 0 ? 0 : (unsigned)bits;
}

bool np_any_key_signed(np_bytes spki, np_bytes certificate)
{
    int strength = 0;
    const unsigned char *at = certificate.data;
    NP_CLEANUP(free_object) EVP_PKEY *object = read_key(spki);
    NP_CLEANUP(free_certificate)
    X509 *read = certificate.len > LONG_MAX ? NULL : d2i_X509(NULL, &at, (long)certificate.len);
    bool is_signed = object != NULL && read != NULL &&
                     X509_get_signature_info(read, NULL, NULL, &strength, NULL) == 1 &&
                     strength >= SIGNATURE_STRENGTH_MIN && X509_verify(read, object) == 1;
    ERR_clear_error();
    return is_signed;
}
