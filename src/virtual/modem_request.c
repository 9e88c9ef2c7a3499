/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate requests as the modem makes them (specs of the modem 2.4). */
#include "virtual/modem_internal.h"

#include "crypto/hash.h"
#include "x509/der.h"
#include "x509/name.h"
#include "x509/oids.h"
#include "x509/public_key.h"

enum { NAME_MAX_TEXT = 512, USAGE_BITS = 16, SIGNED_MAX = 2048 };

static bool write_subject(const np_virtual_modem *modem, np_bytes attributes, np_writer *writer)
{
    char text[NAME_MAX_TEXT] = "CN=";
    if (attributes.len >= sizeof(text)) {
        return false;
    }
    if (attributes.len == 0) {
        vmodem_format_uuid(modem->state.uuid, text + strlen(text));
    } else {
        memcpy(text, attributes.data, attributes.len);
        text[attributes.len] = '\0';
    }
    size_t mark = np_der_open(writer, NP_DER_SEQUENCE);
    bool is_name = np_name_write_text(writer, text, NULL) == NP_OK;
    np_der_close(writer, mark);
    return is_name;
}

/* The bits as a BIT STRING of DER: without zeros at its end. */
static void write_usage(np_bytes usage, np_writer *writer)
{
    uint16_t bits = 0;
    unsigned used = 0;
    for (size_t i = 0; i < usage.len && i < USAGE_BITS; i++) {
        if (usage.data[i] == '1') {
            bits = (uint16_t)(bits | 0x8000U >> i);
            used = (unsigned)i + 1;
        }
    }
    uint8_t content[3] = {(uint8_t)((8 - used % 8) % 8), (uint8_t)(bits >> 8), (uint8_t)bits};
    np_der_write(writer, NP_DER_BIT_STRING, np_bytes_of(content, 1 + (used + 7) / 8));
}

/* extensionRequest (RFC 2985) with keyUsage, not critical. */
static void write_attributes(np_bytes usage, np_writer *writer)
{
    static const uint8_t extension_request[] = {0x2a, 0x86, 0x48, 0x86, 0xf7,
                                                0x0d, 0x01, 0x09, 0x0e};
    static const uint8_t key_usage[] = {0x55, 0x1d, 0x0f};
    size_t attributes = np_der_open(writer, X509_TAG_ATTRIBUTES);
    size_t attribute = np_der_open(writer, NP_DER_SEQUENCE);
    np_der_write(writer, NP_DER_OID, NP_BYTES(extension_request));
    size_t values = np_der_open(writer, NP_DER_SET);
    size_t extensions = np_der_open(writer, NP_DER_SEQUENCE);
    size_t extension = np_der_open(writer, NP_DER_SEQUENCE);
    np_der_write(writer, NP_DER_OID, NP_BYTES(key_usage));
    size_t value = np_der_open(writer, NP_DER_OCTET_STRING);
    write_usage(usage, writer);
    np_der_close(writer, value);
    np_der_close(writer, extension);
    np_der_close(writer, extensions);
    np_der_close(writer, values);
    np_der_close(writer, attribute);
    np_der_close(writer, attributes);
}

static bool write_info(const np_virtual_modem *modem, np_p256_key *key,
                       const vmodem_request *request, np_writer *writer)
{
    static const uint8_t version[] = {0};
    uint8_t point[NP_P256_POINT_SIZE];
    uint8_t spki[NP_SPKI_SIZE];
    np_bytes usage = request->key_usage.len > 0 ? request->key_usage : np_bytes_text("11101");
    np_p256_public(key, point);
    np_public_key_encode(point, spki);
    size_t mark = np_der_open(writer, NP_DER_SEQUENCE);
    np_der_write(writer, NP_DER_INTEGER, NP_BYTES(version));
    if (!write_subject(modem, request->attributes, writer)) {
        return false;
    }
    np_write_bytes(writer, NP_BYTES(spki));
    write_attributes(usage, writer);
    np_der_close(writer, mark);
    return true;
}

static void write_signature(const uint8_t signature[static NP_P256_SIGNATURE_SIZE],
                            np_writer *writer)
{
    size_t mark = np_der_open(writer, NP_DER_BIT_STRING);
    np_write_u8(writer, 0); /* no unused bits */
    np_der_write_signature(writer, signature);
    np_der_close(writer, mark);
}

bool vmodem_write_csr(np_virtual_modem *modem, np_p256_key *key, const vmodem_request *request,
                      np_writer *writer)
{
    uint8_t info_bytes[SIGNED_MAX];
    uint8_t digest[NP_SHA256_SIZE];
    uint8_t signature[NP_P256_SIGNATURE_SIZE];
    np_writer info = np_writer_of(info_bytes, sizeof(info_bytes));
    if (!write_info(modem, key, request, &info) || !np_writer_has_room(&info)) {
        return false;
    }
    np_sha256(np_writer_bytes(&info), digest);
    if (np_p256_sign(key, digest, signature, NULL) != NP_OK) {
        return false;
    }
    size_t mark = np_der_open(writer, NP_DER_SEQUENCE);
    np_write_bytes(writer, np_writer_bytes(&info));
    np_write_bytes(writer, modem->state.omits_null ? NP_BYTES(x509_ecdsa_with_sha256)
                                                   : NP_BYTES(x509_ecdsa_with_sha256_null));
    write_signature(signature, writer);
    np_der_close(writer, mark);
    return true;
}
