/* SPDX-License-Identifier: Apache-2.0 */
/* Expected values: the specs of the modem 2 and the recorded transcripts. */
#include "modem/at.h"
#include "support/test.h"

static const struct {
    const char *command;
    int id; /* -1: no row */
    const char *rest;
} commands[] = {
    {"AT", NP_AT_ATTENTION, ""},
    {"at+cfun=4", NP_AT_MODE, "=4"},
    {"AT+CFUN?", NP_AT_MODE, "?"},
    {"AT+CGSN", NP_AT_IMEI, ""},
    {"AT+CGSN=1", NP_AT_IMEI, "=1"},
    {"AT%CMNG=1,16842753,0", NP_AT_CREDENTIAL, "=1,16842753,0"},
    {"AT%KEYGEN=16842753,2,0", NP_AT_KEYGEN, "=16842753,2,0"},
    {"AT%CMNGX", -1, NULL},
    {"AT+CGM", -1, NULL},
    {"at AT+CGSN", -1, NULL},
    {"A", -1, NULL},
    {"", -1, NULL},
};

static void a_command_is_found_by_its_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(commands); i++) {
        np_bytes rest = {0};
        const np_at_row *row = np_at_row_by_command(np_bytes_text(commands[i].command), &rest);
        assert_int_equal(row == NULL ? -1 : (int)row->id, commands[i].id);
        if (row != NULL) {
            assert_true(np_bytes_equal(rest, np_bytes_text(commands[i].rest)));
            assert_ptr_equal(row, np_at_row_of(row->id));
        }
    }
}

static void blanks_between_parameters_change_nothing(void **state)
{
    (void)state;
    static const char *const texts[] = {"4294967294,6,\"3AC5\"", " 4294967294 , 6, \"3AC5\" "};
    for (size_t i = 0; i < NP_COUNT_OF(texts); i++) {
        uint64_t tag = 0;
        uint64_t type = 0;
        np_bytes digest = {0};
        np_reader reader = np_reader_of(np_bytes_text(texts[i]));
        assert_true(np_at_take_number(&reader, &tag) && np_at_take_comma(&reader));
        assert_true(np_at_take_number(&reader, &type) && np_at_take_comma(&reader));
        assert_true(np_at_take_text(&reader, &digest) && np_at_is_done(&reader));
        assert_true(tag == 4294967294U && type == 6);
        assert_true(np_bytes_equal(digest, np_bytes_text("3AC5")));
    }
}

static void what_is_no_number_and_no_text_is_refused(void **state)
{
    (void)state;
    static const char *const numbers[] = {"", "x", "-1", "99999999999999999999"};
    static const char *const texts[] = {"", "abc", "\"abc", "'abc'"};
    for (size_t i = 0; i < NP_COUNT_OF(numbers); i++) {
        uint64_t number;
        np_reader reader = np_reader_of(np_bytes_text(numbers[i]));
        assert_false(np_at_take_number(&reader, &number));
    }
    for (size_t i = 0; i < NP_COUNT_OF(texts); i++) {
        np_bytes text;
        np_reader reader = np_reader_of(np_bytes_text(texts[i]));
        assert_false(np_at_take_text(&reader, &text));
    }
}

static const struct {
    const char *line;
    np_at_final final;
    unsigned code;
} finals[] = {
    {"OK", NP_AT_OK, 0},
    {"ERROR", NP_AT_ERROR, 0},
    {"+CME ERROR: 513", NP_AT_CME_ERROR, 513},
    {"+CMS ERROR: 302", NP_AT_CMS_ERROR, 302},
    {"+CME ERROR:", NP_AT_NOT_FINAL, 0},
    {"+CME_ERROR: 513", NP_AT_NOT_FINAL, 0},
    {"%KEYGEN ERROR", NP_AT_NOT_FINAL, 0},
    {"OKAY", NP_AT_NOT_FINAL, 0},
    {"ok", NP_AT_NOT_FINAL, 0},
};

static void only_whole_lines_are_final(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(finals); i++) {
        unsigned code = 77;
        assert_int_equal(np_at_final_of(np_bytes_text(finals[i].line), &code), finals[i].final);
        assert_int_equal(code, finals[i].code);
    }
}

static void errors_and_types_have_names(void **state)
{
    (void)state;
    unsigned type = 0;
    assert_string_equal(np_cme_name(513), "not found");
    assert_string_equal(np_cme_name(519), "already exists");
    assert_string_equal(np_cme_name(4711), "unknown error");
    assert_null(np_cme_hint(4711));
    assert_string_equal(np_credential_type_name(1), "client-cert");
    assert_null(np_credential_type_name(7));
    assert_null(np_credential_type_name(12));
    assert_true(np_credential_type_by_name("client-key", &type) && type == 2);
    assert_true(np_credential_type_by_name("14", &type) && type == 14);
    assert_false(np_credential_type_by_name("key", &type));
    assert_false(np_credential_type_by_name("", &type));
    assert_false(np_credential_type_by_name("100", &type));
}

static void a_restart_is_seen(void **state)
{
    (void)state;
    assert_true(np_at_is_boot_text(np_bytes_text("The AT host sample started")));
    assert_true(np_at_is_boot_text(np_bytes_text("Ready")));
    assert_true(np_at_is_boot_text(np_bytes_text("*** Booting Zephyr OS build v3.5.99 ***")));
    assert_false(np_at_is_boot_text(np_bytes_text("Ready?")));
    assert_false(np_at_is_boot_text(np_bytes_text("OK")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_is_found_by_its_name),
        cmocka_unit_test(blanks_between_parameters_change_nothing),
        cmocka_unit_test(what_is_no_number_and_no_text_is_refused),
        cmocka_unit_test(only_whole_lines_are_final),
        cmocka_unit_test(errors_and_types_have_names),
        cmocka_unit_test(a_restart_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
