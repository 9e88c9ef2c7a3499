/* SPDX-License-Identifier: Apache-2.0 */
/* Expected values: NIST CAVP SHA-256 short messages; FIPS 180-2 appendix A for SHA-1. */
#include "crypto/hash.h"
#include "base/bytes.h"
#include "support/test.h"
#include "support/vectors.h"

static void sha256_gives_the_digests_of_nist(void **state)
{
    (void)state;
    vector_csv lines;
    vector_words_open(&lines, "atecc/nist/SHA256ShortMsg.rsp");
    uint8_t message[64] = {0};
    uint8_t wanted[NP_SHA256_SIZE];
    size_t len = 0;
    int checked = 0;
    while (vector_words_next(&lines)) {
        if (strcmp(lines.fields[0], "Len") == 0) {
            len = (size_t)atoi(lines.fields[2]) / 8;
        } else if (strcmp(lines.fields[0], "Msg") == 0) {
            vector_hex_any(lines.fields[2], message, sizeof(message));
        } else if (strcmp(lines.fields[0], "MD") == 0) {
            uint8_t digest[NP_SHA256_SIZE];
            uint8_t in_parts[NP_SHA256_SIZE];
            np_bytes parts[] = {{message, len / 3}, {message + len / 3, len - len / 3}};
            vector_hex(lines.fields[2], wanted, sizeof(wanted));
            np_sha256(np_bytes_of(message, len), digest);
            np_sha256_parts(parts, 2, in_parts);
            assert_memory_equal(digest, wanted, sizeof(wanted));
            assert_memory_equal(in_parts, wanted, sizeof(wanted));
            np_sha256_stream stream;
            np_sha256_begin(&stream);
            np_sha256_add(&stream, parts[0]);
            np_sha256_add(&stream, parts[1]);
            np_sha256_end(&stream, in_parts);
            assert_memory_equal(in_parts, wanted, sizeof(wanted));
            checked++;
        }
    }
    vector_csv_close(&lines);
    assert_int_equal(checked, 65);
}

static void sha1_of_abc_is_the_standards_example(void **state)
{
    (void)state;
    uint8_t digest[NP_SHA1_SIZE];
    uint8_t wanted[NP_SHA1_SIZE];
    vector_hex("a9993e364706816aba3e25717850c26c9cd0d89d", wanted, sizeof(wanted));
    np_sha1(np_bytes_text("abc"), digest);
    assert_memory_equal(digest, wanted, sizeof(wanted));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_gives_the_digests_of_nist),
        cmocka_unit_test(sha1_of_abc_is_the_standards_example),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
