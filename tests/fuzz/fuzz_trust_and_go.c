/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a Trust&GO part may hold: both certificates of 72 bytes, slot 11, the EUI-48 of slot 5, and
 * what the chip says of itself. Whatever is rebuilt from it are certificates that read, with the
 * key, the dates and the signature that were stored.
 */
#include "nerveskey/trust_and_go.h"
#include "x509/der.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void require_same(const np_identity_der *der, const uint8_t *stored, const uint8_t *key)
{
    np_certificate parsed;
    np_compressed compressed;
    uint8_t signature[64];
    uint8_t dates[NP_DATES_SIZE];
    require(np_certificate_parse(np_bytes_of(der->bytes, der->len), &parsed, NULL) == NP_OK);
    require(np_compressed_decode(stored, &compressed, NULL) == NP_OK);
    require(np_der_parse_signature(parsed.signature, signature));
    require(memcmp(signature, compressed.signature, sizeof(signature)) == 0);
    require(np_dates_encode(&parsed.validity, dates, NULL) == NP_OK);
    require(memcmp(dates, compressed.dates, sizeof(dates)) == 0);
    require(np_bytes_equal(parsed.point, np_bytes_of(key, 64)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    np_identity identity = {.kind = NP_IDENTITY_TRUST_AND_GO};
    np_reader reader = np_reader_of(np_bytes_of(data, size));
    const uint8_t *device = np_read_bytes(&reader, NP_COMPRESSED_SIZE).data;
    const uint8_t *signer = np_read_bytes(&reader, NP_COMPRESSED_SIZE).data;
    const uint8_t *stored_key = np_read_bytes(&reader, NP_ATECC_STORED_KEY_SIZE).data;
    const uint8_t *eui48 = np_read_bytes(&reader, NP_EUI48_TEXT_SIZE).data;
    const uint8_t *serial = np_read_bytes(&reader, sizeof(identity.chip_serial.bytes)).data;
    const uint8_t *key = np_read_bytes(&reader, sizeof(identity.public_key)).data;
    identity.pads_signer_id = (np_read_u8(&reader) & 1) != 0;
    if (reader.failed || !np_stored_key_decode(stored_key, identity.signer_key)) {
        return 0;
    }
    memcpy(identity.device_compressed, device, sizeof(identity.device_compressed));
    memcpy(identity.signer_compressed, signer, sizeof(identity.signer_compressed));
    memcpy(identity.eui48, eui48, NP_EUI48_TEXT_SIZE);
    memcpy(identity.chip_serial.bytes, serial, sizeof(identity.chip_serial.bytes));
    memcpy(identity.public_key, key, sizeof(identity.public_key));
    if (np_identity_rebuild(&identity, NULL) == NP_OK) {
        require_same(&identity.device, identity.device_compressed, identity.public_key);
        require_same(&identity.signer, identity.signer_compressed, identity.signer_key);
    }
    return 0;
}
