/* SPDX-License-Identifier: Apache-2.0 */
#include "support/unit_lines.h"

#include "support/test.h"

np_p256_key *unit_station_key(uint8_t number)
{
    uint8_t scalar[NP_P256_SCALAR_SIZE] = {[NP_P256_SCALAR_SIZE - 1] = number};
    np_p256_key *key = NULL;
    np_error err;
    assert_ok(np_p256_from_scalar(scalar, &key, &err), &err);
    return key;
}

void unit_make(unsigned number, unit_sample *ret)
{
    *ret = (unit_sample){0};
    snprintf(ret->serial, sizeof(ret->serial), "U-%06u", number);
    np_sha256(np_bytes_text(ret->serial), ret->key_hash);
    ret->unit = (np_record_unit){.serial = np_bytes_text(ret->serial),
                                 .spki_sha256 = NP_BYTES(ret->key_hash),
                                 .batch = np_bytes_text("b42")};
}

unsigned unit_number(const np_record_line *line)
{
    char text[24] = {0};
    unsigned number = 0;
    unit_sample wanted;
    uint8_t key_hash[NP_SHA256_SIZE];
    np_bytes serial = np_record_line_text(line, "serial");
    assert_true(serial.len < sizeof(text));
    memcpy(text, serial.data, serial.len);
    assert_int_equal(sscanf(text, "U-%u", &number), 1);
    unit_make(number, &wanted);
    assert_true(np_record_line_hex(line, "spki_sha256", key_hash, sizeof(key_hash)));
    assert_memory_equal(key_hash, wanted.key_hash, sizeof(key_hash));
    return number;
}
