/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Erlang's external term format. Expected values: terms that Erlang/OTP itself encoded
 * (vectors/nerveskey/generated/settings_etf.txt), and the tags of specs of NervesKey 7.
 */
#include "nerveskey/etf.h"
#include "support/test.h"
#include "support/vectors.h"

static np_bytes from_hex(const char *hex, uint8_t *buffer, size_t size)
{
    return np_bytes_of(buffer, vector_hex_any(hex, buffer, size));
}

/* The lines of the file; fields are separated by blanks, the description may have some itself. */
static void every_term_that_erlang_wrote_is_one_whole_term(void **state)
{
    (void)state;
    size_t file_len = 0;
    unsigned terms = 0;
    uint8_t *file = vector_load("nerveskey/generated/settings_etf.txt", &file_len);
    for (char *line = strtok((char *)file, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        uint8_t buffer[256];
        size_t len = 0;
        np_error err;
        if (line[0] == '#') {
            continue;
        }
        np_bytes term = from_hex(strrchr(line, ' ') + 1, buffer, sizeof(buffer));
        assert_ok(np_etf_check(term, &len, &err), &err);
        assert_int_equal(len, term.len);
        /* cut anywhere, it is no term any more */
        for (size_t cut = 0; cut < term.len; cut++) {
            assert_code(np_etf_check(np_bytes_of(term.data, cut), &len, &err), NP_EINPUT_FORMAT);
        }
        terms++;
    }
    free(file);
    assert_int_equal(terms, 8);
}

/* "k"=>{1=>2.5, big=>70000, neg=>-5, "l"=>[1,2,nil,true]}, with one writer call a term. */
static void write_example(np_writer *writer, np_etf_atoms atoms)
{
    np_error err;
    np_write_u8(writer, NP_ETF_VERSION);
    np_etf_write_map(writer, 1);
    np_etf_write_binary(writer, np_bytes_text("k"));
    np_etf_write_map(writer, 4);
    np_etf_write_integer(writer, 1);
    np_etf_write_float(writer, 2.5);
    assert_ok(np_etf_write_atom(writer, np_bytes_text("big"), atoms, &err), &err);
    np_etf_write_integer(writer, 70000);
    assert_ok(np_etf_write_atom(writer, np_bytes_text("neg"), atoms, &err), &err);
    np_etf_write_integer(writer, -5);
    np_etf_write_binary(writer, np_bytes_text("l"));
    np_etf_write_list(writer, 4);
    np_etf_write_integer(writer, 1);
    np_etf_write_integer(writer, 2);
    assert_ok(np_etf_write_atom(writer, np_bytes_text("nil"), atoms, &err), &err);
    assert_ok(np_etf_write_atom(writer, np_bytes_text("true"), atoms, &err), &err);
    np_etf_write_nil(writer);
}

static void terms_are_written_as_both_generations_of_erlang_write_them(void **state)
{
    (void)state;
    static const char *const expected[] = {
        [NP_ETF_ATOMS_LATIN1] =
            "8374000000016d000000016b7400000004610146400400000000000064000362696762000111706400036e"
            "656762fffffffb6d000000016c6c00000004610161026400036e696c640004747275656a",
        [NP_ETF_ATOMS_UTF8] =
            "8374000000016d000000016b740000000461014640040000000000007703626967620001117077036e6567"
            "62fffffffb6d000000016c6c000000046101610277036e696c7704747275656a",
    };
    for (unsigned atoms = 0; atoms < 2; atoms++) {
        uint8_t ours[128];
        uint8_t theirs[128];
        np_writer writer = np_writer_of(ours, sizeof(ours));
        write_example(&writer, (np_etf_atoms)atoms);
        assert_true(np_bytes_equal(np_writer_bytes(&writer),
                                   from_hex(expected[atoms], theirs, sizeof(theirs))));
    }
}

typedef struct bytes_case {
    const char *hex; /* without the version */
    const char *why;
} bytes_case;

/* Erlang's binary_to_term refuses all of them but those that settings cannot have. */
static const bytes_case bad_terms[] = {
    {"", "too early"},
    {"50000000056162", "compressed"},
    {"ff", "tag ff"},
    {"58", "tag 58"},
    {"6f0000000101ff", "tag 6f"},
    {"4d0000000101ff", "tag 4d"},
    {"62000001", "too early"},
    {"6e01020a", "sign"},
    {"6e02000a", "too early"},
    {"467ff0000000000000", "no number"},
    {"46fff8000000000000", "no number"},
    {"6d000000056162", "too early"},
    {"6dffffffff6162", "too early"},
    {"6b000561", "too early"},
    {"6c0000000161016102", "improper"},
    {"6c000000016101", "too early"},
    {"6cffffffff61016a", "announced"},
    {"74ffffffff", "announced"},
    {"74000000016101", "too early"},
    {"7400000002610161016101610a", "same key twice"},
    {"6803610161026801", "announced"},
    {"7702c328", "UTF-8"},
    {"7701ff", "UTF-8"},
    {"76000261", "too early"},
    {"6401006101", "too early"},
};

static void what_is_no_whole_term_is_refused_and_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(bad_terms); i++) {
        uint8_t buffer[64] = {NP_ETF_VERSION};
        np_error err;
        size_t len = vector_hex_any(bad_terms[i].hex, buffer + 1, sizeof(buffer) - 1);
        assert_code(np_etf_check(np_bytes_of(buffer, 1 + len), &len, &err), NP_EINPUT_FORMAT);
        if (strstr(err.message, bad_terms[i].why) == NULL) {
            fail_msg("%s: \"%s\" lacks \"%s\"", bad_terms[i].hex, err.message, bad_terms[i].why);
        }
    }
    size_t len = 0;
    np_error err;
    assert_code(np_etf_check(np_bytes_text("\x82\x6a"), &len, &err), NP_EINPUT_FORMAT);
}

static void the_same_key_in_another_map_is_no_repetition(void **state)
{
    (void)state;
    uint8_t buffer[64];
    size_t len = 0;
    np_error err;
    np_bytes term =
        from_hex("837400000002610174000000016101610261027400000001610161026a00", buffer, 64);
    assert_ok(np_etf_check(term, &len, &err), &err);
    assert_int_equal(len, term.len - 2); /* what stands behind is not looked at */
}

static void atoms_have_255_characters_at_most_whatever_their_bytes(void **state)
{
    (void)state;
    uint8_t text[1100];
    uint8_t written[1100] = {NP_ETF_VERSION};
    for (size_t i = 0; i < 256; i++) {
        memcpy(text + 4 * i, "\xf0\x9f\x94\x91", 4); /* a key */
    }
    for (unsigned atoms = 0; atoms < 2; atoms++) {
        np_writer writer = np_writer_of(written + 1, sizeof(written) - 1);
        size_t len = 0;
        np_error err;
        assert_code(
            np_etf_write_atom(&writer, np_bytes_of(text, 4 * 256), (np_etf_atoms)atoms, &err),
            NP_EINPUT_RANGE);
        assert_ok(np_etf_write_atom(&writer, np_bytes_of(text, 4 * 255), (np_etf_atoms)atoms, &err),
                  &err);
        assert_int_equal(written[1], NP_ETF_ATOM_UTF8);
        assert_ok(np_etf_check(np_bytes_of(written, 1 + writer.len), &len, &err), &err);
    }
}

/* One level is two bytes: as deep as 524 bytes can be, and one more. */
static void nesting_is_followed_as_deep_as_settings_can_be(void **state)
{
    (void)state;
    uint8_t deep[1 + 2 * (NP_ETF_DEPTH_MAX + 1) + 1] = {NP_ETF_VERSION};
    size_t len = 0;
    np_error err;
    for (size_t i = 0; i <= NP_ETF_DEPTH_MAX; i++) {
        deep[1 + 2 * i] = NP_ETF_SMALL_TUPLE;
        deep[2 + 2 * i] = 1;
    }
    deep[sizeof(deep) - 1] = NP_ETF_NIL;
    assert_code(np_etf_check(NP_BYTES(deep), &len, &err), NP_EINPUT_FORMAT);
    assert_non_null(strstr(err.message, "levels deep"));
    deep[2] = NP_ETF_VERSION;
    assert_ok(np_etf_check(np_bytes_of(deep + 2, sizeof(deep) - 2), &len, &err), &err);
    assert_int_equal(len, 524 + 2);
}

typedef struct integer_case {
    int64_t value;
    const char *hex;
} integer_case;

/* Smallest form: 61 up to 255, 62 up to 32 bits, 6e beyond, its bytes least significant first. */
static const integer_case integers[] = {
    {0, "6100"},
    {255, "61ff"},
    {256, "6200000100"},
    {-1, "62ffffffff"},
    {2147483647, "627fffffff"},
    {-2147483648LL, "6280000000"},
    {2147483648LL, "6e040000000080"},
    {-2147483649LL, "6e040101000080"},
    {INT64_MAX, "6e0800ffffffffffffff7f"},
    {INT64_MIN, "6e08010000000000000080"},
};

static void integers_have_the_smallest_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(integers); i++) {
        uint8_t ours[16];
        uint8_t theirs[16];
        np_writer writer = np_writer_of(ours, sizeof(ours));
        np_etf_write_integer(&writer, integers[i].value);
        assert_true(np_bytes_equal(np_writer_bytes(&writer),
                                   from_hex(integers[i].hex, theirs, sizeof(theirs))));
    }
    static const uint8_t padded[] = {0x05, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    uint8_t small[4];
    np_writer writer = np_writer_of(small, sizeof(small));
    np_etf_write_big(&writer, false, NP_BYTES(padded));
    assert_memory_equal(small, "\x61\x05", 2);
    assert_int_equal(writer.len, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_term_that_erlang_wrote_is_one_whole_term),
        cmocka_unit_test(terms_are_written_as_both_generations_of_erlang_write_them),
        cmocka_unit_test(what_is_no_whole_term_is_refused_and_named),
        cmocka_unit_test(the_same_key_in_another_map_is_no_repetition),
        cmocka_unit_test(atoms_have_255_characters_at_most_whatever_their_bytes),
        cmocka_unit_test(nesting_is_followed_as_deep_as_settings_can_be),
        cmocka_unit_test(integers_have_the_smallest_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
