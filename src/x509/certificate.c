/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/certificate.h"

#include "x509/der.h"
#include "x509/oids.h"
#include "x509/parts.h"

/* Each step says whether its part is as it should be; the row names the part for the message. */
typedef struct parse_step {
    bool (*take)(np_reader *reader, np_certificate *ret);
    const char *part;
} parse_step;

static bool take_two_digits(np_reader *reader, int *ret)
{
    uint8_t tens = np_read_u8(reader);
    uint8_t ones = np_read_u8(reader);
    *ret = (tens - '0') * 10 + (ones - '0');
    return !reader->failed && tens >= '0' && tens <= '9' && ones >= '0' && ones <= '9';
}

/* RFC 5280 4.1.2.5.1: two digits from 50 are 19YY. */
static bool take_year(np_reader *reader, uint8_t tag, int *ret)
{
    int high = 0;
    int low = 0;
    if (tag == NP_DER_GENERALIZED_TIME && !take_two_digits(reader, &high)) {
        return false;
    }
    if (!take_two_digits(reader, &low)) {
        return false;
    }
    *ret = tag == NP_DER_GENERALIZED_TIME ? high * 100 + low : low + (low < 50 ? 2000 : 1900);
    return true;
}

/* Accepts 31 days in every month: see np_validity. */
static bool take_time(np_reader *reader, np_civil *ret)
{
    np_der time;
    if (!np_der_next(reader, &time) ||
        (time.tag != NP_DER_UTC_TIME && time.tag != NP_DER_GENERALIZED_TIME)) {
        return false;
    }
    np_reader text = np_reader_of(time.content);
    return take_year(&text, time.tag, &ret->year) && take_two_digits(&text, &ret->month) &&
           take_two_digits(&text, &ret->day) && take_two_digits(&text, &ret->hour) &&
           take_two_digits(&text, &ret->minute) && take_two_digits(&text, &ret->second) &&
           np_read_u8(&text) == 'Z' && np_reader_is_done(&text) && ret->month >= 1 &&
           ret->month <= 12 && ret->day >= 1 && ret->day <= 31 && ret->hour <= 23 &&
           ret->minute <= 59 && ret->second <= 59;
}

/* Version 1 is the default, which DER leaves out. There is no version 2 that anybody issues. */
static bool take_version(np_reader *reader, np_certificate *ret)
{
    np_der version;
    np_bytes number;
    ret->is_version_1 = !np_der_is_next(reader, X509_TAG_VERSION);
    if (ret->is_version_1) {
        return true;
    }
    if (!np_der_take(reader, X509_TAG_VERSION, &version)) {
        return false;
    }
    np_reader inner = np_reader_of(version.content);
    return np_der_take_unsigned(&inner, &number) && np_reader_is_done(&inner) && number.len == 1 &&
           number.data[0] == 2;
}

static bool take_serial(np_reader *reader, np_certificate *ret)
{
    return np_der_take_unsigned(reader, &ret->serial);
}

static bool take_tbs_algorithm(np_reader *reader, np_certificate *ret)
{
    return x509_take_sequence(reader, &ret->tbs_algorithm);
}

static bool take_issuer(np_reader *reader, np_certificate *ret)
{
    return x509_take_sequence(reader, &ret->issuer);
}

static bool take_validity(np_reader *reader, np_certificate *ret)
{
    np_der validity;
    if (!np_der_take(reader, NP_DER_SEQUENCE, &validity)) {
        return false;
    }
    np_reader inner = np_reader_of(validity.content);
    return take_time(&inner, &ret->validity.not_before) &&
           np_civil_is_valid(&ret->validity.not_before) &&
           take_time(&inner, &ret->validity.not_after) && np_reader_is_done(&inner);
}

static bool take_subject(np_reader *reader, np_certificate *ret)
{
    return x509_take_sequence(reader, &ret->subject);
}

static bool take_spki(np_reader *reader, np_certificate *ret)
{
    return x509_take_key(reader, &ret->spki, &ret->point);
}

static bool skip_unique_ids(np_reader *reader)
{
    np_der id;
    bool is_good = true;
    if (np_der_is_next(reader, X509_TAG_ISSUER_ID)) {
        is_good = np_der_next(reader, &id);
    }
    if (is_good && np_der_is_next(reader, X509_TAG_SUBJECT_ID)) {
        is_good = np_der_next(reader, &id);
    }
    return is_good;
}

static bool take_extensions(np_reader *reader, np_certificate *ret)
{
    np_der explicit;
    np_der list;
    ret->extensions = (np_bytes){NULL, 0};
    if (np_reader_is_done(reader)) {
        return true;
    }
    if (ret->is_version_1 || !skip_unique_ids(reader)) {
        return false;
    }
    if (np_reader_is_done(reader)) {
        return true;
    }
    if (!np_der_take(reader, X509_TAG_EXTENSIONS, &explicit) || !np_reader_is_done(reader)) {
        return false;
    }
    np_reader inner = np_reader_of(explicit.content);
    if (!np_der_take(&inner, NP_DER_SEQUENCE, &list) || !np_reader_is_done(&inner)) {
        return false;
    }
    np_extension extension;
    np_reader each = np_reader_of(list.content);
    while (np_extension_next(&each, &extension)) {
    }
    ret->extensions = list.content;
    return np_reader_is_done(&each);
}

static bool take_tbs(np_reader *reader, np_certificate *ret)
{
    return x509_take_sequence(reader, &ret->tbs);
}

static bool take_signature_algorithm(np_reader *reader, np_certificate *ret)
{
    return x509_take_sequence(reader, &ret->signature_algorithm);
}

static bool take_signature(np_reader *reader, np_certificate *ret)
{
    return x509_take_bit_string(reader, &ret->signature) && np_reader_is_done(reader);
}

static const parse_step outer_steps[] = {
    {take_tbs, "signed part"},
    {take_signature_algorithm, "signature algorithm"},
    {take_signature, "signature"},
};

static const parse_step tbs_steps[] = {
    {take_version, "version (1 and 3 can be read)"},
    {take_serial, "serial number"},
    {take_tbs_algorithm, "inner signature algorithm"},
    {take_issuer, "issuer"},
    {take_validity, "validity"},
    {take_subject, "subject"},
    {take_spki, "public key"},
    {take_extensions, "extensions"},
};

/* Opens the SEQUENCE that is all of der and takes its parts. */
static np_code parse_parts(np_bytes der, const parse_step *steps, size_t count, np_certificate *ret,
                           np_error *err)
{
    np_der sequence;
    np_reader outer = np_reader_of(der);
    if (!np_der_take(&outer, NP_DER_SEQUENCE, &sequence) || !np_reader_is_done(&outer)) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "no certificate: the bytes are not one whole DER sequence");
    }
    np_reader inner = np_reader_of(sequence.content);
    for (size_t i = 0; i < count; i++) {
        if (!steps[i].take(&inner, ret)) {
            return np_error_set(err, NP_EINPUT_FORMAT,
                                "no certificate: its %s is not as X.509 and DER want it",
                                steps[i].part);
        }
    }
    return NP_OK;
}

np_code np_certificate_parse(np_bytes der, np_certificate *ret, np_error *err)
{
    *ret = (np_certificate){.der = der};
    NP_TRY(parse_parts(der, outer_steps, NP_COUNT_OF(outer_steps), ret, err));
    return parse_parts(ret->tbs, tbs_steps, NP_COUNT_OF(tbs_steps), ret, err);
}

bool np_extension_next(np_reader *reader, np_extension *ret)
{
    np_der whole;
    np_der part;
    *ret = (np_extension){0};
    if (reader->failed || reader->rest.len == 0) {
        return false;
    }
    if (!np_der_take(reader, NP_DER_SEQUENCE, &whole)) {
        return false;
    }
    np_reader inner = np_reader_of(whole.content);
    bool is_good = np_der_take(&inner, NP_DER_OID, &part) && part.content.len > 0;
    ret->oid = part.content;
    if (is_good && np_der_is_next(&inner, NP_DER_BOOLEAN)) {
        /* False is the default, which DER leaves out; true is all ones. */
        is_good =
            np_der_next(&inner, &part) && part.content.len == 1 && part.content.data[0] == 0xff;
        ret->is_critical = true;
    }
    is_good =
        is_good && np_der_take(&inner, NP_DER_OCTET_STRING, &part) && np_reader_is_done(&inner);
    ret->value = part.content;
    ret->whole = whole.whole;
    reader->failed = !is_good;
    return is_good;
}

static bool is_plain_string(uint8_t tag)
{
    return tag == NP_DER_UTF8_STRING || tag == NP_DER_PRINTABLE_STRING ||
           tag == X509_TAG_IA5_STRING || tag == X509_TAG_TELETEX_STRING;
}

static bool open_only(np_bytes bytes, uint8_t tag, np_bytes *ret_content)
{
    np_der element;
    np_reader reader = np_reader_of(bytes);
    bool is_good = np_der_take(&reader, tag, &element) && np_reader_is_done(&reader);
    *ret_content = element.content;
    return is_good;
}

bool np_certificate_common_name(np_bytes name, np_bytes *ret_text)
{
    np_bytes inner;
    np_der oid;
    np_der text;
    *ret_text = (np_bytes){NULL, 0};
    if (!open_only(name, NP_DER_SEQUENCE, &inner) || !open_only(inner, NP_DER_SET, &inner) ||
        !open_only(inner, NP_DER_SEQUENCE, &inner)) {
        return false;
    }
    np_reader reader = np_reader_of(inner);
    if (!np_der_take(&reader, NP_DER_OID, &oid) ||
        !np_bytes_equal(oid.content, NP_BYTES(x509_common_name)) || !np_der_next(&reader, &text) ||
        !is_plain_string(text.tag) || !np_reader_is_done(&reader)) {
        return false;
    }
    *ret_text = text.content;
    return true;
}

int np_civil_compare(const np_civil *a, const np_civil *b)
{
    const int differences[] = {a->year - b->year, a->month - b->month,   a->day - b->day,
                               a->hour - b->hour, a->minute - b->minute, a->second - b->second};
    for (size_t i = 0; i < NP_COUNT_OF(differences); i++) {
        if (differences[i] != 0) {
            return differences[i];
        }
    }
    return 0;
}
