/* SPDX-License-Identifier: Apache-2.0 */
/* Expected values: X.690 8 and 10; compressed_cert.csv (Microchip DS20006367A). */
#include "x509/der.h"
#include "support/test.h"
#include "support/vectors.h"

static bool reads_as_element(const char *hex)
{
    uint8_t bytes[512];
    np_der element;
    np_reader reader = np_reader_of(np_bytes_of(bytes, vector_hex_any(hex, bytes, sizeof(bytes))));
    return np_der_next(&reader, &element) && np_reader_is_done(&reader);
}

static void lengths_that_are_not_minimal_are_refused(void **state)
{
    (void)state;
    assert_true(reads_as_element("0500"));
    assert_true(reads_as_element("040141"));
    assert_false(reads_as_element("04810141"));     /* short form would do */
    assert_false(reads_as_element("0482000141"));   /* leading zero */
    assert_false(reads_as_element("308005000000")); /* indefinite */
    assert_false(reads_as_element("04ff41"));       /* reserved */
    assert_false(reads_as_element("0485000000000141"));
    assert_false(reads_as_element("0484ffffffff41")); /* beyond the end */
    assert_false(reads_as_element("040241"));
    assert_false(reads_as_element("0481"));
    assert_false(reads_as_element("04"));
    assert_false(reads_as_element(""));
    assert_false(reads_as_element("1f8100"));   /* tag of several bytes */
    assert_false(reads_as_element("04014100")); /* trailing byte */
}

static void long_lengths_are_read_and_written_alike(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        const char *header;
    } rows[] = {{0, "0400"},       {127, "047f"},       {128, "048180"},      {255, "0481ff"},
                {256, "04820100"}, {65535, "0482ffff"}, {65536, "0483010000"}};
    static uint8_t content[65536];
    static uint8_t out[65536 + 8];
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        uint8_t header[8];
        np_der element;
        size_t header_len = vector_hex_any(rows[i].header, header, sizeof(header));
        np_writer writer = np_writer_of(out, sizeof(out));
        np_der_write(&writer, NP_DER_OCTET_STRING, np_bytes_of(content, rows[i].len));
        assert_int_equal(writer.len, header_len + rows[i].len);
        assert_memory_equal(out, header, header_len);
        np_writer in_container = np_writer_of(out, sizeof(out));
        size_t mark = np_der_open(&in_container, NP_DER_OCTET_STRING);
        np_write_bytes(&in_container, np_bytes_of(content, rows[i].len));
        np_der_close(&in_container, mark);
        assert_int_equal(in_container.len, writer.len);
        assert_memory_equal(out, header, header_len);
        np_reader reader = np_reader_of(np_writer_bytes(&in_container));
        assert_true(np_der_take(&reader, NP_DER_OCTET_STRING, &element));
        assert_int_equal(element.content.len, rows[i].len);
        assert_int_equal(element.whole.len, writer.len);
    }
}

static void containers_measure_what_they_will_take(void **state)
{
    (void)state;
    uint8_t buffer[400];
    uint8_t inside[200] = {7};
    np_writer writers[] = {np_writer_of(NULL, 0), np_writer_of(buffer, sizeof(buffer))};
    for (size_t i = 0; i < NP_COUNT_OF(writers); i++) {
        size_t outer = np_der_open(&writers[i], NP_DER_SEQUENCE);
        size_t inner = np_der_open(&writers[i], NP_DER_SET);
        np_write_bytes(&writers[i], NP_BYTES(inside));
        np_der_close(&writers[i], inner);
        np_der_close(&writers[i], outer);
        assert_int_equal(writers[i].len, 206);
    }
    assert_memory_equal(buffer, "\x30\x81\xcb\x31\x81\xc8\x07", 7);
    np_writer small = np_writer_of(buffer, 203);
    size_t mark = np_der_open(&small, NP_DER_SET);
    np_write_bytes(&small, NP_BYTES(inside));
    np_der_close(&small, mark);
    assert_true(np_writer_has_room(&small));
    small = np_writer_of(buffer, 202);
    mark = np_der_open(&small, NP_DER_SET);
    np_write_bytes(&small, NP_BYTES(inside));
    np_der_close(&small, mark);
    assert_false(np_writer_has_room(&small));
}

static void only_minimal_integers_that_are_not_negative_are_taken(void **state)
{
    (void)state;
    static const struct {
        const char *hex, *content;
    } rows[] = {{"020101", "01"},   {"020100", "00"},         {"02017f", "7f"},
                {"02020080", "80"}, {"0203010000", "010000"}, {"0200", NULL},
                {"0201ff", NULL},   {"020180", NULL},         {"02020001", NULL},
                {"0202007f", NULL}, {"0203000080", NULL},     {"0202ff7f", NULL},
                {"030101", NULL}};
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        uint8_t bytes[8], wanted[8];
        np_bytes number;
        np_reader reader =
            np_reader_of(np_bytes_of(bytes, vector_hex_any(rows[i].hex, bytes, sizeof(bytes))));
        bool is_taken = np_der_take_unsigned(&reader, &number);
        assert_int_equal(is_taken, rows[i].content != NULL);
        if (is_taken) {
            size_t len = vector_hex_any(rows[i].content, wanted, sizeof(wanted));
            assert_true(np_bytes_equal(number, np_bytes_of(wanted, len)));
        }
    }
}

static void integers_are_written_in_minimal_form(void **state)
{
    (void)state;
    static const struct {
        const char *value, *der;
    } rows[] = {{"01", "020101"},     {"0001", "020101"},    {"80", "02020080"},
                {"0080", "02020080"}, {"0000", "020100"},    {"", "020100"},
                {"7fff", "02027fff"}, {"ffff", "020300ffff"}};
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        uint8_t value[8], wanted[8], out[8];
        size_t len = vector_hex_any(rows[i].value, value, sizeof(value));
        size_t wanted_len = vector_hex_any(rows[i].der, wanted, sizeof(wanted));
        np_writer writer = np_writer_of(out, sizeof(out));
        np_der_write_unsigned(&writer, np_bytes_of(value, len));
        assert_true(np_bytes_equal(np_writer_bytes(&writer), np_bytes_of(wanted, wanted_len)));
    }
}

/* The rows hold the whole BIT STRING: tag, length and unused bits stand before the signature. */
static void microchips_signature_examples_come_out_and_back(void **state)
{
    (void)state;
    int checked = 0;
    vector_csv rows;
    vector_csv_open(&rows, "atecc/compressed_cert.csv");
    while (vector_csv_next(&rows)) {
        uint8_t raw[64], back[64], wanted[96], out[96];
        if (strncmp(rows.fields[0], "signature", 9) != 0) {
            continue;
        }
        vector_hex(rows.fields[1], raw, sizeof(raw));
        size_t len = vector_hex_any(rows.fields[2], wanted, sizeof(wanted));
        np_writer writer = np_writer_of(out, sizeof(out));
        np_der_write_signature(&writer, raw);
        assert_int_equal(writer.len, len - 3);
        assert_memory_equal(out, wanted + 3, len - 3);
        assert_true(np_der_parse_signature(np_writer_bytes(&writer), back));
        assert_memory_equal(back, raw, sizeof(raw));
        checked++;
    }
    vector_csv_close(&rows);
    assert_int_equal(checked, 2);
}

static void signatures_in_any_other_form_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "300602010102010100", /* trailing byte outside */
        "300702010102010100", /* and inside */
        "3003020101",         /* one integer */
        "300702020001020101", /* padded integer */
        "30060201ff020101",   /* negative integer */
        "308106020101020101", /* padded length */
        "3106020101020101",   /* a set */
        /* 33 bytes */
        ("3026022101000000000000000000000000000000000000000000000000000000"
         "0000000000020101"),
    };
    uint8_t raw[64];
    for (size_t i = 0; i < NP_COUNT_OF(bad); i++) {
        uint8_t bytes[64];
        size_t len = vector_hex_any(bad[i], bytes, sizeof(bytes));
        assert_false(np_der_parse_signature(np_bytes_of(bytes, len), raw));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_that_are_not_minimal_are_refused),
        cmocka_unit_test(long_lengths_are_read_and_written_alike),
        cmocka_unit_test(containers_measure_what_they_will_take),
        cmocka_unit_test(only_minimal_integers_that_are_not_negative_are_taken),
        cmocka_unit_test(integers_are_written_in_minimal_form),
        cmocka_unit_test(microchips_signature_examples_come_out_and_back),
        cmocka_unit_test(signatures_in_any_other_form_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
