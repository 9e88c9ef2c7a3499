/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/p256_internal.h"
#include <openssl/err.h>
#include <openssl/obj_mac.h>

/* What one recovery needs of libcrypto; released together. */
typedef struct recovery {
    EC_GROUP *group;
    BN_CTX *context;
    BIGNUM *r, *s, *e;
    BIGNUM *x, *factor; /* of the point that was the nonce's */
    EC_POINT *nonce, *key;
} recovery;

static void recovery_clear(recovery *made)
{
    EC_POINT_free(made->key);
    EC_POINT_free(made->nonce);
    BN_free(made->factor);
    BN_free(made->x);
    BN_free(made->e);
    BN_free(made->s);
    BN_free(made->r);
    BN_CTX_free(made->context);
    EC_GROUP_free(made->group);
}

static bool prepare(recovery *made, const uint8_t *digest, const uint8_t *signature)
{
    made->group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    made->context = BN_CTX_new();
    made->r = BN_bin2bn(signature, 32, NULL);
    made->s = BN_bin2bn(signature + 32, 32, NULL);
    made->e = BN_bin2bn(digest, 32, NULL);
    made->x = BN_new();
    made->factor = BN_new();
    made->nonce = made->group == NULL ? NULL : EC_POINT_new(made->group);
    made->key = made->group == NULL ? NULL : EC_POINT_new(made->group);
    return made->context != NULL && made->r != NULL && made->s != NULL && made->e != NULL &&
           made->x != NULL && made->factor != NULL && made->nonce != NULL && made->key != NULL;
}

/* SEC 1 4.1.6: Q = (s R - e G) / r, written as (-e / r) G + (s / r) R. */
static bool recover_from_nonce(recovery *made, uint8_t *ret_point)
{
    const BIGNUM *order = EC_GROUP_get0_order(made->group);
    uint8_t octets[1 + NP_P256_POINT_SIZE];
    NP_CLEANUP(p256_bn_free) BIGNUM *inverse = BN_mod_inverse(NULL, made->r, order, made->context);
    NP_CLEANUP(p256_bn_free) BIGNUM *base = BN_new();
    bool is_good =
        inverse != NULL && base != NULL &&
        BN_mod_mul(base, made->e, inverse, order, made->context) == 1 &&
        BN_mod_sub(base, order, base, order, made->context) == 1 &&
        BN_mod_mul(made->factor, made->s, inverse, order, made->context) == 1 &&
        EC_POINT_mul(made->group, made->key, base, made->nonce, made->factor, made->context) == 1 &&
        EC_POINT_point2oct(made->group, made->key, POINT_CONVERSION_UNCOMPRESSED, octets,
                           sizeof(octets), made->context) == sizeof(octets);
    if (is_good) {
        memcpy(ret_point, octets + 1, NP_P256_POINT_SIZE);
    }
    return is_good;
}

/* x is r, or r plus the order as long as that is below the field's prime. */
static bool set_x(recovery *made, bool is_wrapped)
{
    if (!is_wrapped) {
        return BN_copy(made->x, made->r) != NULL;
    }
    NP_CLEANUP(p256_bn_free) BIGNUM *prime = BN_new();
    return prime != NULL &&
           EC_GROUP_get_curve(made->group, prime, NULL, NULL, made->context) == 1 &&
           BN_add(made->x, made->r, EC_GROUP_get0_order(made->group)) == 1 &&
           BN_cmp(made->x, prime) < 0;
}

static size_t recover_all(recovery *made, uint8_t (*ret_points)[NP_P256_POINT_SIZE])
{
    size_t count = 0;
    for (int i = 0; i < NP_P256_RECOVERED_MAX; i++) {
        if (set_x(made, i >= 2) &&
            EC_POINT_set_compressed_coordinates(made->group, made->nonce, made->x, i & 1,
                                                made->context) == 1 &&
            recover_from_nonce(made, ret_points[count])) {
            count++;
        }
    }
    return count;
}

np_code np_p256_recover(const uint8_t digest[static 32],
                        const uint8_t signature[static NP_P256_SIGNATURE_SIZE],
                        uint8_t ret_points[static NP_P256_RECOVERED_MAX][NP_P256_POINT_SIZE],
                        size_t *ret_count, np_error *err)
{
    *ret_count = 0;
    if (!np_p256_is_scalar(signature) || !np_p256_is_scalar(signature + 32)) {
        return NP_OK;
    }
    NP_CLEANUP(recovery_clear) recovery made = {0};
    if (!prepare(&made, digest, signature)) {
        return p256_library_error(err, "recover a public key");
    }
    /* An x that no point has is an outcome of ours: it must leave nothing in the error queue. */
    ERR_set_mark();
    *ret_count = recover_all(&made, ret_points);
    ERR_pop_to_mark();
    return NP_OK;
}
