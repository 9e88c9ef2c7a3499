/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be told about a key in a chip, as text. Its public key is encoded by the default
 * provider, to which key management exports it; the private key by nobody.
 */
#include "base/format.h"
#include "base/text.h"
#include "provider/chip_key.h"
#include "provider/operations.h"

enum { TEXT_MAX = 2048, OCTETS_IN_LINE = 15 /* as OpenSSL prints them */ };

static void *new_encoder(void *root)
{
    return root; /* it has nothing of its own */
}

static void free_encoder(void *root)
{
    (void)root;
}

static int does_selection(void *root, int selection)
{
    (void)root;
    return (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0;
}

static void write_line(np_writer *writer, const char *label, const char *text)
{
    np_write_text(writer, label);
    np_write_text(writer, text);
    np_write_text(writer, "\n");
}

static void write_octets(np_writer *writer, np_bytes octets)
{
    for (size_t i = 0; i < octets.len; i++) {
        char hex[3];
        np_format_hex(np_bytes_of(octets.data + i, 1), hex);
        np_write_text(writer, i % OCTETS_IN_LINE == 0 ? "    " : "");
        np_write_text(writer, hex);
        bool ends_line = (i + 1) % OCTETS_IN_LINE == 0 || i + 1 == octets.len;
        np_write_text(writer, i + 1 == octets.len ? "\n" : ends_line ? ":\n" : ":");
    }
}

static void write_key(const face_key *key, np_writer *writer)
{
    char number[3];
    char serial[2 * sizeof(key->reference.chip_serial.bytes) + 1];
    uint8_t octets[FACE_POINT_OCTETS];
    np_format(number, sizeof(number), "%u", key->reference.slot);
    np_format_hex(NP_BYTES(key->reference.chip_serial.bytes), serial);
    face_key_write_point(key, octets);
    write_line(writer, "Private-Key: (256 bit, in a chip)", "");
    write_line(writer, "chip: ", key->reference.chip);
    write_line(writer, "slot: ", number);
    write_line(writer, "chip serial: ", serial);
    write_line(writer, "pub:", "");
    write_octets(writer, NP_BYTES(octets));
    write_line(writer, "ASN1 OID: ", FACE_GROUP);
    write_line(writer, "NIST CURVE: ", "P-256");
}

static int encode(void *data, OSSL_CORE_BIO *output, const void *object,
                  const OSSL_PARAM abstract[], int selection, FACE_ASK)
{
    const face_root *root = data;
    const face_key *key = object;
    uint8_t text[TEXT_MAX];
    size_t written = 0;
    np_writer writer = np_writer_of(text, sizeof(text));
    (void)selection, (void)ask, (void)ask_self;
    if (abstract != NULL || key == NULL || key->chip == NULL) {
        return 0;
    }
    write_key(key, &writer);
    return root->bio_write(output, text, writer.len, &written) == 1 && written == writer.len;
}

const OSSL_DISPATCH face_text_encoder[] = {
    FACE_ROW(OSSL_FUNC_ENCODER_NEWCTX, encoder_newctx, new_encoder),
    FACE_ROW(OSSL_FUNC_ENCODER_FREECTX, encoder_freectx, free_encoder),
    FACE_ROW(OSSL_FUNC_ENCODER_DOES_SELECTION, encoder_does_selection, does_selection),
    FACE_ROW(OSSL_FUNC_ENCODER_ENCODE, encoder_encode, encode),
    {0, NULL},
};
