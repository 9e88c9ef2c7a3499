/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificate requests from strangers: every slice lies in its bytes, and both ways of checking a
 * signature agree about whose key it is.
 */
#include "x509/csr.h"
#include "x509/verify.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void require_slices(const np_csr *csr)
{
    const np_bytes parts[] = {csr->info,     csr->subject,    csr->spki,
                              csr->point,    csr->attributes, csr->signature_algorithm,
                              csr->signature};
    for (size_t i = 0; i < NP_COUNT_OF(parts); i++) {
        require(parts[i].len == 0 ||
                (parts[i].data >= csr->der.data &&
                 parts[i].data + parts[i].len <= csr->der.data + csr->der.len));
    }
    require(csr->point.len == 0 || csr->point.len == 64);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    np_csr csr;
    bool is_possessed = false;
    bool is_possessed_again = false;
    NP_CLEANUP(np_p256_verifier_free_at) np_p256_verifier *verifier = NULL;
    if (np_csr_parse(np_bytes_of(data, size), &csr, NULL) != NP_OK) {
        return 0;
    }
    require_slices(&csr);
    require(np_p256_verifier_create(&verifier, NULL) == NP_OK);
    require(np_csr_judge(&csr, np_judge_libcrypto(), &is_possessed, NULL) == NP_OK);
    require(np_csr_judge(&csr, np_judge_by_verifier(verifier), &is_possessed_again, NULL) == NP_OK);
    require(is_possessed == is_possessed_again);
    return 0;
}
