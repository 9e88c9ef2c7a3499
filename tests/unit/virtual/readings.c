/* SPDX-License-Identifier: Apache-2.0 */
/* The table of readings, and the page that says where each comes from. */
#include "virtual/readings.h"
#include "support/test.h"
#include "support/vectors.h"

static char *load_page(void)
{
    size_t len = 0;
    return (char *)vector_load("../../doc/silicon.md", &len);
}

static void put_answer(const np_reading *reading, char *ret, size_t size)
{
    switch (reading->kind) {
    case NP_READING_YES_NO:
        snprintf(ret, size, "%s", reading->answer != 0 ? "yes" : "no");
        break;
    case NP_READING_STATUS:
        snprintf(ret, size, "status %02x", reading->answer);
        break;
    default:
        snprintf(ret, size, "%u", reading->answer);
        break;
    }
}

/* Name, section, question and answer; the last column is for people. */
static void the_page_says_what_the_table_says(void **state)
{
    (void)state;
    size_t count = 0;
    size_t rows = 0;
    char *page = load_page();
    const np_reading *readings = np_readings(&count);
    for (size_t i = 0; i < count; i++) {
        char answer[16];
        char row[400];
        put_answer(&readings[i], answer, sizeof(answer));
        snprintf(row, sizeof(row), "\n| `%s` | %s | %s | %s | ", readings[i].id,
                 readings[i].section, readings[i].question, answer);
        if (strstr(page, row) == NULL) {
            fail_msg("doc/silicon.md has no row%s", row);
        }
    }
    for (const char *at = strstr(page, "\n| `"); at != NULL; at = strstr(at + 1, "\n| `")) {
        rows++;
    }
    assert_int_equal(rows, count);
    free(page);
}

static void a_reading_is_a_question_with_a_name_of_its_own(void **state)
{
    (void)state;
    size_t count = 0;
    const np_reading *readings = np_readings(&count);
    assert_true(count > 0);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(readings[i].question[strlen(readings[i].question) - 1], '?');
        assert_true(readings[i].kind != NP_READING_YES_NO || readings[i].answer <= 1);
        assert_true(readings[i].kind != NP_READING_STATUS || readings[i].answer <= 0xff);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(readings[i].id, readings[j].id);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_says_what_the_table_says),
        cmocka_unit_test(a_reading_is_a_question_with_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
