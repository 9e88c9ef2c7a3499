/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes from other people's hands: a whole record, a line of it, a proof. A value that is
 * taken for canonical is what jansson's writer makes of it; a proof that is taken is written again
 * as it was; nothing of it is proven by a key that signed nothing here.
 */
#include "record/proof.h"
#include "record/read.h"

#include <jansson.h>
#include <stdlib.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

/* The generator of P-256: the public key of the private key 1. */
static const uint8_t station_key[NP_P256_POINT_SIZE] = {
    0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2,
    0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96,
    0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16,
    0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5};

static np_code read_input(void *self, uint64_t offset, uint8_t *ret, size_t size, size_t *ret_len,
                          np_error *err)
{
    (void)err;
    const np_bytes *input = self;
    size_t from = offset < input->len ? (size_t)offset : input->len;
    *ret_len = input->len - from < size ? input->len - from : size;
    if (*ret_len > 0) {
        memcpy(ret, input->data + from, *ret_len);
    }
    return NP_OK;
}

/* jansson writes the digits of \u00XX in upper case. */
static void check_value(np_bytes input)
{
    if (!record_json_is_value(input)) {
        return;
    }
    json_error_t error;
    json_t *value = json_loadb((const char *)input.data, input.len,
                               JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
    require(value != NULL);
    size_t len = json_dumpb(value, NULL, 0, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    char *text = malloc(len + 1);
    require(text != NULL && len == input.len);
    json_dumpb(value, text, len, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    require(strncasecmp(text, (const char *)input.data, len) == 0);
    free(text);
    json_decref(value);
}

static void check_proof(np_bytes input)
{
    uint8_t again[NP_RECORD_PROOF_MAX];
    np_record_proof proof;
    if (np_record_proof_decode(input, &proof, NULL) != NP_OK) {
        return;
    }
    np_writer writer = np_writer_of(again, sizeof(again));
    np_record_proof_encode(&proof, &writer);
    require(np_bytes_equal(np_writer_bytes(&writer), input));
    require(np_record_proof_check(&proof, input, station_key, NULL) != NP_OK);
}

static void check_record(np_bytes *input)
{
    np_error err;
    const np_record_storage storage = {.read = read_input, .self = input};
    np_record_reading reading = {.storage = &storage};
    np_record_report unproven = {0};
    np_record_report proven = {0};
    bool is_found;
    np_code code = np_record_read(&reading, &unproven, &err);
    require(code == NP_OK || unproven.bad_line > 0);
    require(unproven.good_bytes <= input->len);
    reading.station_key = station_key;
    if (np_record_read(&reading, &proven, &err) == NP_OK) {
        require(code == NP_OK && proven.chain.units == unproven.chain.units);
    } else {
        require(proven.bad_line > 0);
    }
    require(record_find_trailer(&storage, unproven.good_bytes, station_key, &is_found, &err) ==
            NP_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    np_bytes input = {data, size};
    np_record_line line;
    if (np_record_line_parse(input, &line, NULL) == NP_OK) {
        require(record_json_is_value(input));
    }
    check_value(input);
    check_proof(input);
    check_record(&input);
    return 0;
}
