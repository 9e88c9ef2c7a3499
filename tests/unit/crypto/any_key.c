/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of the CAs that people have, made by the openssl program. */
#include "crypto/any_key.h"
#include "support/program.h"
#include "support/test.h"

typedef struct ca_row {
    const char *key;
    const char *digest; /* openssl's option */
    unsigned strength;  /* NIST SP 800-57 part 1, table 2 */
    bool is_believed;
} ca_row;

static const ca_row rows[] = {
    {"rsa:2048", "-sha256", 112, true},
    {"rsa:3072", "-sha384", 128, true},
    {"rsa:2048", "-sha1", 112, false},
    {"ec -pkeyopt ec_paramgen_curve:P-256", "-sha384", 128, true},
    {"ec -pkeyopt ec_paramgen_curve:P-384", "-sha384", 192, true},
    {"ec -pkeyopt ec_paramgen_curve:P-521", "-sha512", 256, true},
    {"ed25519", "", 128, true},
};

static np_bytes load(const program_room *room, const char *name)
{
    size_t len = 0;
    uint8_t *data = program_load(room, name, &len);
    return np_bytes_of(data, len);
}

static void release(np_bytes bytes)
{
    union {
        const uint8_t *read;
        uint8_t *heap;
    } data = {.read = bytes.data};
    free(data.heap);
}

static void make_ca(const program_room *room, const ca_row *row)
{
    assert_int_equal(program_run(room,
                                 "openssl req -x509 -nodes %s -keyout k -outform DER -out c"
                                 " -subj /CN=Acme -newkey %s &&"
                                 " openssl pkey -in k -pubout -outform DER -out p",
                                 row->digest, row->key),
                     0);
}

static void certificates_are_believed_by_their_key_and_hash(void **state)
{
    const program_room *room = *state;
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        make_ca(room, &rows[i]);
        np_bytes key = load(room, "p");
        np_bytes certificate = load(room, "c");
        assert_int_equal(np_any_key_strength(key), rows[i].strength);
        if (np_any_key_signed(key, certificate) != rows[i].is_believed) {
            fail_msg("%s with %s", rows[i].key, rows[i].digest);
        }
        release(certificate);
        make_ca(room, &rows[i]); /* another key of the same kind and name */
        certificate = load(room, "c");
        assert_false(np_any_key_signed(key, certificate));
        release(certificate);
        release(key);
    }
}

static void weak_and_damaged_keys_have_little_strength(void **state)
{
    const program_room *room = *state;
    make_ca(room, &(ca_row){"rsa:1024", "-sha256", 80, true});
    np_bytes key = load(room, "p");
    assert_int_equal(np_any_key_strength(key), 80);
    assert_int_equal(np_any_key_strength(np_bytes_of(key.data, key.len - 1)), 0);
    assert_int_equal(np_any_key_strength(np_bytes_of(key.data, 0)), 0);
    release(key);
    assert_int_equal(program_run(room, "openssl genpkey -algorithm X25519 -out k &&"
                                       " openssl pkey -in k -pubout -outform DER -out p"),
                     0);
    key = load(room, "p");
    assert_int_equal(np_any_key_strength(key), 0); /* it cannot sign */
    release(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates_are_believed_by_their_key_and_hash),
        cmocka_unit_test(weak_and_damaged_keys_have_little_strength),
    };
    return cmocka_run_group_tests(tests, program_room_set_up, program_room_tear_down);
}
