/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/random.h"
#include "support/test.h"
#include "support/vectors.h"

static void the_seeded_stream_is_sha256_of_seed_and_counter(void **state)
{
    (void)state;
    /* printf '%016x%016x' 7 0 | xxd -r -p | sha256sum, then the same with counter 1 */
    uint8_t wanted[64];
    vector_hex("e8dd943d366caae7beb706c6ae668eff0a257fc56edc27d7b2fa1c31bdf2eec1"
               "4ff190b4c2c573ec999d8db75f206447737dbb0dd91de74917aa7456d169c246",
               wanted, sizeof(wanted));
    np_random_seeded seeded = {.seed = 7};
    np_random random = np_random_by_seed(&seeded);
    uint8_t bytes[40];
    np_error err;
    assert_ok(random.fill(random.self, bytes, sizeof(bytes), &err), &err);
    assert_memory_equal(bytes, wanted, sizeof(bytes));
    assert_int_equal(seeded.counter, 2);
}

static void the_systems_numbers_differ_each_time(void **state)
{
    (void)state;
    np_random random = np_random_system();
    uint8_t first[32];
    uint8_t second[32];
    np_error err;
    assert_ok(random.fill(random.self, first, sizeof(first), &err), &err);
    assert_ok(random.fill(random.self, second, sizeof(second), &err), &err);
    assert_memory_not_equal(first, second, sizeof(first));
    assert_ok(random.fill(random.self, first, 0, &err), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_seeded_stream_is_sha256_of_seed_and_counter),
        cmocka_unit_test(the_systems_numbers_differ_each_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
