/* SPDX-License-Identifier: Apache-2.0 */
/* The fuzz target of command sequences over some thousand pseudo-random inputs. */
#include "support/test.h"
#include "virtual/mix.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUTS = 3000, INPUT_SIZE = 1 + 7 * 64 };

static void random_sequences_never_contradict_the_lock_rules(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (unsigned i = 0; i < INPUTS; i++) {
        uint8_t input[INPUT_SIZE];
        for (size_t at = 0; at < sizeof(input); at++) {
            input[at] = (uint8_t)(np_mix_next(&seed) >> 56);
        }
        assert_int_equal(LLVMFuzzerTestOneInput(input, sizeof(input)), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_sequences_never_contradict_the_lock_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
