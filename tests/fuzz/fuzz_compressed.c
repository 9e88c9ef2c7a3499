/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a chip may hold: 72 bytes of certificate, 64 of public key, 64 of signer key, 9 of chip
 * serial, the rest is the manufacturer serial. Whatever is rebuilt from it is a certificate that
 * reads, and gives the same 72 bytes again.
 */
#include "x509/der.h"
#include "x509/profile.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void require_same_compressed(np_bytes der, const np_profile *profile, const uint8_t *stored)
{
    np_certificate parsed;
    uint8_t again[NP_COMPRESSED_SIZE];
    np_compressed compressed = {
        .template_id = profile->template_id,
        .chain_id = profile->chain_id,
        .serial_source = (uint8_t)profile->serial_source,
    };
    require(np_certificate_parse(der, &parsed, NULL) == NP_OK);
    require(np_der_parse_signature(parsed.signature, compressed.signature));
    require(np_dates_encode(&parsed.validity, compressed.dates, NULL) == NP_OK);
    np_compressed_encode(&compressed, again);
    require(memcmp(again, stored, sizeof(again)) == 0);
}

static void rebuild(const np_profile *profile, const np_profile_values *values,
                    const uint8_t *stored)
{
    uint8_t der[1024];
    np_writer writer = np_writer_of(der, sizeof(der));
    np_writer measure = np_writer_of(NULL, 0);
    if (np_profile_rebuild(profile, values, stored, &writer, NULL) != NP_OK) {
        return;
    }
    require(np_profile_rebuild(profile, values, stored, &measure, NULL) == NP_OK);
    require(measure.len == writer.len);
    require_same_compressed(np_writer_bytes(&writer), profile, stored);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    np_reader reader = np_reader_of(np_bytes_of(data, size));
    const uint8_t *stored = np_read_bytes(&reader, NP_COMPRESSED_SIZE).data;
    np_profile_values values = {
        .public_key = np_read_bytes(&reader, 64).data,
        .authority_key = np_read_bytes(&reader, 64).data,
        .chip_serial = np_read_bytes(&reader, 9),
    };
    if (reader.failed) {
        return 0;
    }
    values.subject = reader.rest;
    rebuild(&np_profile_nerveskey_device, &values, stored);
    rebuild(&np_profile_nerveskey_signer, &values, stored);
    return 0;
}
