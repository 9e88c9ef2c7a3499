/* SPDX-License-Identifier: Apache-2.0 */
/* Digests in pieces against libcrypto's, for all lengths around the ends of blocks. */
#include "crypto/digest.h"

#include "base/bytes.h"
#include "support/test.h"
#include <openssl/evp.h>

enum { LENGTH_MAX = 300 };

static const EVP_MD *reference(np_digest_kind kind)
{
    switch (kind) {
    case NP_DIGEST_SHA1:
        return EVP_sha1();
    case NP_DIGEST_SHA224:
        return EVP_sha224();
    case NP_DIGEST_SHA256:
        return EVP_sha256();
    case NP_DIGEST_SHA384:
        return EVP_sha384();
    case NP_DIGEST_SHA512:
    case NP_DIGEST_KIND_COUNT:
        break;
    }
    return EVP_sha512();
}

static void digests_in_pieces_are_those_of_libcrypto(void **state)
{
    (void)state;
    uint8_t data[LENGTH_MAX];
    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)(i * 7);
    }
    for (unsigned kind = 0; kind < NP_DIGEST_KIND_COUNT; kind++) {
        np_digest_stream stream;
        np_digest_begin(&stream, (np_digest_kind)kind);
        for (size_t len = 0; len <= LENGTH_MAX; len++) {
            uint8_t expected[EVP_MAX_MD_SIZE];
            uint8_t digest[NP_DIGEST_MAX];
            unsigned size = 0;
            assert_int_equal(
                EVP_Digest(data, len, expected, &size, reference((np_digest_kind)kind), NULL), 1);
            np_digest_add(&stream, np_bytes_of(data, len / 3));
            np_digest_add(&stream, np_bytes_of(data + len / 3, len - len / 3));
            np_digest_end(&stream, digest); /* and begins anew */
            assert_int_equal(np_digest_size((np_digest_kind)kind), size);
            assert_memory_equal(digest, expected, size);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_in_pieces_are_those_of_libcrypto),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
