/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/remedies.h"

#include "support/test.h"

static void every_refusal_has_a_remedy_and_no_admission_has(void **state)
{
    (void)state;
    for (np_reason reason = NP_REASON_KNOWN; reason < NP_REASON_COUNT; reason++) {
        bool is_admitted = np_reason_at(reason)->is_admitted;
        const np_remedy_row *row = np_remedy_at(np_remedy_of(reason));
        assert_int_equal(is_admitted, np_remedy_of(reason) == NP_REMEDY_NONE);
        assert_int_equal(is_admitted, row->title[0] == '\0');
        assert_int_equal(is_admitted, row->words[0] == '\0');
    }
    assert_int_equal(np_remedy_of(NP_REASON_COUNT), NP_REMEDY_NONE);
    assert_string_equal(np_remedy_at(NP_REMEDY_COUNT)->name, "none");
}

static void every_remedy_is_for_a_reason_and_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (np_remedy remedy = NP_REMEDY_NONE; remedy < NP_REMEDY_COUNT; remedy++) {
        bool is_used = false;
        for (np_reason reason = NP_REASON_KNOWN; reason < NP_REASON_COUNT; reason++) {
            is_used = is_used || np_remedy_of(reason) == remedy;
        }
        assert_true(is_used);
        for (np_remedy other = NP_REMEDY_NONE; other < remedy; other++) {
            assert_string_not_equal(np_remedy_at(remedy)->name, np_remedy_at(other)->name);
        }
    }
}

static void a_reason_is_found_by_its_name(void **state)
{
    (void)state;
    for (np_reason reason = NP_REASON_KNOWN; reason < NP_REASON_COUNT; reason++) {
        assert_int_equal(np_reason_find(np_bytes_text(np_reason_at(reason)->name)), reason);
    }
    assert_int_equal(np_reason_find(np_bytes_text("unknown")), NP_REASON_COUNT);
    assert_int_equal(np_reason_find(np_bytes_text("")), NP_REASON_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_refusal_has_a_remedy_and_no_admission_has),
        cmocka_unit_test(every_remedy_is_for_a_reason_and_has_a_name_of_its_own),
        cmocka_unit_test(a_reason_is_found_by_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
