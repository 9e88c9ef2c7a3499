/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PROXY protocol v2, read back by the rules of its text (proxy-protocol.txt 2.2): each header is as
 * long as it says, and its values lie one behind the other to its end.
 */
#include "gateway/proxy.h"

#include "support/test.h"

typedef struct header {
    uint8_t family;
    np_bytes addresses;
    np_bytes values[256];
    uint8_t client; /* of TLS */
    uint32_t verify;
} header;

static void read_values(np_reader *reader, np_bytes *values)
{
    while (reader->rest.len > 0) {
        uint8_t type = np_read_u8(reader);
        uint16_t len = np_read_u16_be(reader);
        values[type] = np_read_bytes(reader, len);
        assert_false(reader->failed);
    }
}

static header read_header(np_bytes bytes)
{
    header ret = {0};
    np_reader reader = np_reader_of(bytes);
    np_bytes signature = np_read_bytes(&reader, 12);
    assert_memory_equal(signature.data, "\r\n\r\n\0\r\nQUIT\n", 12);
    assert_int_equal(np_read_u8(&reader), 0x21);
    ret.family = np_read_u8(&reader);
    uint16_t len = np_read_u16_be(&reader);
    assert_int_equal(len, reader.rest.len);
    ret.addresses = np_read_bytes(&reader, ret.family == 0x11 ? 12 : ret.family == 0x21 ? 36 : 0);
    read_values(&reader, ret.values);
    assert_true(np_reader_is_done(&reader));
    np_reader tls = np_reader_of(ret.values[0x20]);
    ret.client = np_read_u8(&tls);
    ret.verify = np_read_u32_be(&tls);
    read_values(&tls, ret.values);
    return ret;
}

static header write(np_proxy *proxy, const char *from, const char *to)
{
    static uint8_t bytes[NP_PROXY_MAX];
    np_address source;
    np_address destination;
    np_writer writer = np_writer_of(bytes, sizeof(bytes));
    assert_true(np_address_parse(from, &source));
    assert_true(np_address_parse(to, &destination));
    proxy->source = &source.storage;
    proxy->destination = &destination.storage;
    np_proxy_write(proxy, &writer);
    assert_true(np_writer_has_room(&writer));
    return read_header(np_writer_bytes(&writer));
}

static const uint8_t leaf[NP_FINGERPRINT_BYTES] = {0xab, 1, 2, 3};

static bool says(np_bytes value, const char *text)
{
    return np_bytes_equal(value, np_bytes_text(text));
}

static void an_identity_is_told(void **state)
{
    (void)state;
    static const uint8_t addresses[] = {192, 0, 2, 1, 198, 51, 100, 2, 0x04, 0xd2, 0x01, 0xbb};
    np_proxy proxy = {.org = np_bytes_text("acme"),
                      .identifier = np_bytes_text("T2-1"),
                      .common_name = np_bytes_text("T2-1"),
                      .tls_version = "TLSv1.3",
                      .leaf = leaf};
    header four = write(&proxy, "192.0.2.1:1234", "198.51.100.2:443");
    assert_int_equal(four.family, 0x11);
    assert_memory_equal(four.addresses.data, addresses, sizeof(addresses));
    assert_true(says(four.values[0x05], "acme/T2-1"));
    assert_true(says(four.values[0x21], "TLSv1.3"));
    assert_true(says(four.values[0x22], "T2-1"));
    assert_true(np_bytes_equal(four.values[0xe0], NP_BYTES(leaf)));
    assert_true(says(four.values[0xe1], "acme"));
    assert_true(says(four.values[0xe2], "T2-1"));
    assert_int_equal(four.client, 7); /* TLS, and a certificate now and in the session */
    assert_int_equal(four.verify, 0); /* it was verified */
    proxy.is_resumed = true;
    assert_int_equal(write(&proxy, "192.0.2.1:1", "192.0.2.2:1").client, 5);
    assert_int_equal(write(&proxy, "[::1]:1", "[::1]:2").family, 0x21);
    assert_int_equal(write(&proxy, "unix:/a", "unix:/b").family, 0);
}

static void who_has_no_certificate_claims_none(void **state)
{
    (void)state;
    np_proxy proxy = {.org = np_bytes_text("acme"),
                      .identifier = np_bytes_text("T2-1"),
                      .tls_version = "TLSv1.3"};
    header got = write(&proxy, "192.0.2.1:1234", "198.51.100.2:443");
    assert_true(says(got.values[0x05], "acme/T2-1"));
    assert_null(got.values[0xe0].data);
    assert_null(got.values[0x22].data);
    assert_int_equal(got.client, 1);
    assert_int_not_equal(got.verify, 0);
}

/* Every length that each part can have. */
static void no_length_breaks_it(void **state)
{
    uint8_t text[NP_IDENTIFIER_MAX];
    (void)state;
    memset(text, 'x', sizeof(text));
    for (size_t org = 0; org <= 64; org++) {
        for (size_t len = 0; len <= sizeof(text); len++) {
            np_proxy proxy = {.org = np_bytes_of(text, org),
                              .identifier = np_bytes_of(text, len),
                              .common_name = np_bytes_of(text, len),
                              .tls_version = "TLSv1.2",
                              .leaf = leaf};
            header got = write(&proxy, "[::1]:1", "[::1]:2");
            bool has_room = org + 1 + len <= NP_PROXY_UNIQUE_ID_MAX;
            assert_int_equal(got.values[0x05].len, has_room ? org + 1 + len : 0);
            assert_int_equal(got.values[0x22].len, len);
            assert_int_equal(got.values[0xe2].len, len);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_identity_is_told),
        cmocka_unit_test(who_has_no_certificate_claims_none),
        cmocka_unit_test(no_length_breaks_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
