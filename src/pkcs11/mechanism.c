/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/mechanism.h"

#define EC_FLAGS (CKF_HW | CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS)
#define SIGNS                                                                                      \
    {                                                                                              \
        256, 256, EC_FLAGS | CKF_SIGN | CKF_VERIFY                                                 \
    }
#define DIGESTS                                                                                    \
    {                                                                                              \
        0, 0, CKF_DIGEST                                                                           \
    }

/* Truthful: the chip signs 32 bytes, the hashes are made here (PKCS #11 2.40 2.3, 2.20). */
static const mechanism rows[] = {
    {CKM_ECDSA, SIGNS, false, NP_DIGEST_SHA256, false},
    {CKM_ECDSA_SHA1, SIGNS, true, NP_DIGEST_SHA1, false},
    {CKM_ECDSA_SHA224, SIGNS, true, NP_DIGEST_SHA224, false},
    {CKM_ECDSA_SHA256, SIGNS, true, NP_DIGEST_SHA256, false},
    {CKM_ECDSA_SHA384, SIGNS, true, NP_DIGEST_SHA384, false},
    {CKM_ECDSA_SHA512, SIGNS, true, NP_DIGEST_SHA512, false},
    {CKM_ECDH1_DERIVE, {256, 256, EC_FLAGS | CKF_DERIVE}, false, NP_DIGEST_SHA256, true},
    {CKM_SHA_1, DIGESTS, true, NP_DIGEST_SHA1, false},
    {CKM_SHA224, DIGESTS, true, NP_DIGEST_SHA224, false},
    {CKM_SHA256, DIGESTS, true, NP_DIGEST_SHA256, false},
    {CKM_SHA384, DIGESTS, true, NP_DIGEST_SHA384, false},
    {CKM_SHA512, DIGESTS, true, NP_DIGEST_SHA512, false},
};

size_t mechanism_count(void)
{
    return NP_COUNT_OF(rows);
}

const mechanism *mechanism_at(size_t index, const view *in)
{
    bool can_agree = in != NULL && in->facts.can_agree;
    return rows[index].is_agreement && !can_agree ? NULL : &rows[index];
}

const mechanism *mechanism_find(CK_MECHANISM_TYPE type, const view *in)
{
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        if (rows[i].type == type) {
            return mechanism_at(i, in);
        }
    }
    return NULL;
}

CK_RV mechanism_choose(const CK_MECHANISM *wanted, CK_FLAGS use, const view *in,
                       const mechanism **ret)
{
    const mechanism *found = mechanism_find(wanted->mechanism, in);
    if (found == NULL || (found->info.flags & use) == 0) {
        return CKR_MECHANISM_INVALID;
    }
    if (!found->is_agreement && wanted->ulParameterLen != 0) {
        return CKR_MECHANISM_PARAM_INVALID;
    }
    *ret = found;
    return CKR_OK;
}
