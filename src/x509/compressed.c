/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/compressed.h"

#include "crypto/hash.h"
#include "x509/dates.h"

void np_compressed_encode(const np_compressed *compressed, uint8_t ret[static NP_COMPRESSED_SIZE])
{
    np_writer writer = np_writer_of(ret, NP_COMPRESSED_SIZE);
    np_write_bytes(&writer, NP_BYTES(compressed->signature));
    np_write_bytes(&writer, NP_BYTES(compressed->dates));
    np_write_u16_be(&writer, compressed->signer_id);
    np_write_u8(&writer, (uint8_t)(compressed->template_id << 4 | (compressed->chain_id & 15)));
    np_write_u8(&writer, (uint8_t)(compressed->serial_source << 4));
    np_write_u8(&writer, 0);
}

np_code np_compressed_decode(const uint8_t bytes[static NP_COMPRESSED_SIZE], np_compressed *ret,
                             np_error *err)
{
    np_reader reader = np_reader_of(np_bytes_of(bytes, NP_COMPRESSED_SIZE));
    *ret = (np_compressed){0};
    if (np_bytes_are_all(reader.rest, 0)) {
        return np_error_set(err, NP_EINPUT_FORMAT, "no certificate is stored: all bytes are zero");
    }
    memcpy(ret->signature, np_read_bytes(&reader, sizeof(ret->signature)).data,
           sizeof(ret->signature));
    memcpy(ret->dates, np_read_bytes(&reader, NP_DATES_SIZE).data, NP_DATES_SIZE);
    ret->signer_id = np_read_u16_be(&reader);
    uint8_t ids = np_read_u8(&reader);
    uint8_t source = np_read_u8(&reader);
    uint8_t reserved = np_read_u8(&reader);
    ret->template_id = ids >> 4;
    ret->chain_id = ids & 15;
    ret->serial_source = source >> 4;
    if ((source & 15) != 0) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "the stored certificate has format version %d; only 0 is known",
                            source & 15);
    }
    if (reserved != 0) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "the stored certificate ends with the byte 0x%02x instead of 0",
                            reserved);
    }
    return NP_OK;
}

np_code np_dates_encode(const np_validity *validity, uint8_t ret[static NP_DATES_SIZE],
                        np_error *err)
{
    char cause[X509_DATES_TEXT_SIZE];
    if (x509_dates_cause(validity, 0, cause, sizeof(cause))) {
        return np_error_set(err, NP_EINPUT_TIME, "%s", cause);
    }
    const np_civil *from = &validity->not_before;
    bool is_limited = !x509_is_without_expiry(&validity->not_after);
    int years = is_limited ? validity->not_after.year - from->year : 0;
    uint32_t bits = (uint32_t)(from->year - NP_DATES_FIRST_YEAR) << 19 |
                    (uint32_t)from->month << 15 | (uint32_t)from->day << 10 |
                    (uint32_t)from->hour << 5 | (uint32_t)years;
    ret[0] = (uint8_t)(bits >> 16);
    ret[1] = (uint8_t)(bits >> 8);
    ret[2] = (uint8_t)bits;
    return NP_OK;
}

np_code np_dates_decode(const uint8_t dates[static NP_DATES_SIZE], np_validity *ret, np_error *err)
{
    uint32_t bits = (uint32_t)dates[0] << 16 | (uint32_t)dates[1] << 8 | dates[2];
    int years = (int)(bits & 31);
    ret->not_before = (np_civil){
        .year = NP_DATES_FIRST_YEAR + (int)(bits >> 19),
        .month = (int)(bits >> 15 & 15),
        .day = (int)(bits >> 10 & 31),
        .hour = (int)(bits >> 5 & 31),
    };
    ret->not_after = ret->not_before;
    ret->not_after.year += years;
    if (years == 0) {
        ret->not_after = (np_civil){9999, 12, 31, 23, 59, 59};
    }
    if (!np_civil_is_valid(&ret->not_before)) {
        return np_error_set(err, NP_EINPUT_FORMAT, "the stored dates %02x%02x%02x are no date",
                            dates[0], dates[1], dates[2]);
    }
    return NP_OK;
}

np_code np_validity_at(int64_t now, unsigned years, np_validity *ret, np_error *err)
{
    if (years < 1 || years > NP_DATES_MAX_YEARS) {
        return np_error_set(err, NP_EINPUT_RANGE,
                            "%u years of validity cannot be stored; give 1 to %d", years,
                            NP_DATES_MAX_YEARS);
    }
    np_civil from = np_civil_from_seconds(now);
    if (from.year < NP_DATES_FIRST_YEAR || from.year > NP_DATES_LAST_YEAR) {
        np_code code = np_error_set(err, NP_EINPUT_TIME,
                                    "the year is %d; a chip stores certificates of %d to %d only",
                                    from.year, NP_DATES_FIRST_YEAR, NP_DATES_LAST_YEAR);
        return np_error_hint(err, code, "check the clock of this computer");
    }
    from.minute = 0;
    from.second = 0;
    from.day = from.month == 2 && from.day == 29 ? 28 : from.day;
    *ret = (np_validity){from, from};
    ret->not_after.year += (int)years;
    return NP_OK;
}

void np_certificate_serial(np_bytes input, const uint8_t dates[static NP_DATES_SIZE],
                           uint8_t ret[static NP_CERTIFICATE_SERIAL_SIZE])
{
    uint8_t digest[NP_SHA256_SIZE];
    np_bytes parts[] = {input, np_bytes_of(dates, NP_DATES_SIZE)};
    np_sha256_parts(parts, NP_COUNT_OF(parts), digest);
    memcpy(ret, digest, NP_CERTIFICATE_SERIAL_SIZE);
    ret[0] = (uint8_t)((ret[0] & 0x3f) | 0x40);
}

static bool starts_with_nine_zero_bits(const uint8_t *half)
{
    return half[0] == 0 && half[1] < 0x80;
}

bool np_signature_suits_old_readers(const uint8_t signature[static 64])
{
    return !starts_with_nine_zero_bits(signature) && !starts_with_nine_zero_bits(signature + 32);
}
