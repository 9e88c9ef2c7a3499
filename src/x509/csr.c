/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/csr.h"

#include "crypto/hash.h"
#include "x509/der.h"
#include "x509/oids.h"
#include "x509/parts.h"

/* Each step says whether its part is as it should be; the row names the part for the message. */
typedef struct parse_step {
    bool (*take)(np_reader *reader, np_csr *ret);
    const char *part;
} parse_step;

static bool take_info(np_reader *reader, np_csr *ret)
{
    return x509_take_sequence(reader, &ret->info);
}

static bool take_algorithm(np_reader *reader, np_csr *ret)
{
    return x509_take_sequence(reader, &ret->signature_algorithm);
}

static bool take_signature(np_reader *reader, np_csr *ret)
{
    return x509_take_bit_string(reader, &ret->signature) && np_reader_is_done(reader);
}

static bool take_version(np_reader *reader, np_csr *ret)
{
    (void)ret;
    np_bytes number;
    return np_der_take_unsigned(reader, &number) && number.len == 1 && number.data[0] == 0;
}

static bool take_subject(np_reader *reader, np_csr *ret)
{
    return x509_take_sequence(reader, &ret->subject);
}

static bool take_key(np_reader *reader, np_csr *ret)
{
    return x509_take_key(reader, &ret->spki, &ret->point);
}

/* RFC 2986 wants the tag even when there are none; many programs leave it out. */
static bool take_attributes(np_reader *reader, np_csr *ret)
{
    np_der list;
    if (np_reader_is_done(reader)) {
        return true;
    }
    if (!np_der_take(reader, X509_TAG_ATTRIBUTES, &list) || !np_reader_is_done(reader)) {
        return false;
    }
    np_der attribute;
    np_reader each = np_reader_of(list.content);
    while (each.rest.len > 0 && np_der_take(&each, NP_DER_SEQUENCE, &attribute)) {
    }
    ret->attributes = list.content;
    return np_reader_is_done(&each);
}

static const parse_step outer_steps[] = {
    {take_info, "signed part"},
    {take_algorithm, "signature algorithm"},
    {take_signature, "signature"},
};

static const parse_step info_steps[] = {
    {take_version, "version"},
    {take_subject, "subject"},
    {take_key, "public key"},
    {take_attributes, "attributes"},
};

/* Opens the SEQUENCE that is all of der and takes its parts. */
static np_code parse_parts(np_bytes der, const parse_step *steps, size_t count, np_csr *ret,
                           np_error *err)
{
    np_der sequence;
    np_reader outer = np_reader_of(der);
    if (!np_der_take(&outer, NP_DER_SEQUENCE, &sequence) || !np_reader_is_done(&outer)) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "no request: the bytes are not one whole DER sequence");
    }
    np_reader inner = np_reader_of(sequence.content);
    for (size_t i = 0; i < count; i++) {
        if (!steps[i].take(&inner, ret)) {
            return np_error_set(err, NP_EINPUT_FORMAT,
                                "no request: its %s is not as PKCS #10 and DER want it",
                                steps[i].part);
        }
    }
    return NP_OK;
}

np_code np_csr_parse(np_bytes der, np_csr *ret, np_error *err)
{
    *ret = (np_csr){.der = der};
    NP_TRY(parse_parts(der, outer_steps, NP_COUNT_OF(outer_steps), ret, err));
    return parse_parts(ret->info, info_steps, NP_COUNT_OF(info_steps), ret, err);
}

static bool is_ecdsa_with_sha256(np_bytes algorithm)
{
    return np_bytes_equal(algorithm, NP_BYTES(x509_ecdsa_with_sha256)) ||
           np_bytes_equal(algorithm, NP_BYTES(x509_ecdsa_with_sha256_null));
}

np_code np_csr_judge(const np_csr *csr, np_judge judge, bool *ret_is_possessed, np_error *err)
{
    uint8_t signature[64];
    uint8_t digest[NP_SHA256_SIZE];
    *ret_is_possessed = false;
    if (csr->point.len == 0 || !is_ecdsa_with_sha256(csr->signature_algorithm) ||
        !np_der_parse_signature(csr->signature, signature)) {
        return NP_OK;
    }
    np_sha256(csr->info, digest);
    return judge.verify(judge.self, csr->point.data, digest, signature, ret_is_possessed, err);
}
