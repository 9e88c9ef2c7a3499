/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/key.h"

#include "base/text.h"
#include "base/wipe.h"
#include "crypto/hash.h"

enum { PRIVATE_SIZE = NP_ED25519_SEED_SIZE + NP_ED25519_PUBLIC_SIZE };

void np_firmware_private_key_clear(np_firmware_private_key *key)
{
    np_wipe(key, sizeof(*key));
}

void np_firmware_private_key_make(const uint8_t seed[static NP_ED25519_SEED_SIZE],
                                  np_firmware_private_key *ret)
{
    memcpy(ret->seed, seed, NP_ED25519_SEED_SIZE);
    np_ed25519_public(seed, ret->point);
}

static bool is_base64_byte(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z') || byte == '+' || byte == '/';
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* Cuts off what stands behind the characters: padding, then white space. False for other things. */
static bool take_characters(np_bytes text, size_t text_max, np_bytes *ret)
{
    size_t len = 0;
    while (len < text.len && len <= text_max && is_base64_byte(text.data[len])) {
        len++;
    }
    *ret = np_bytes_of(text.data, len);
    size_t at = len;
    while (at < text.len && at < text_max && text.data[at] == '=') {
        at++;
    }
    while (at < text.len && is_blank(text.data[at])) {
        at++;
    }
    return at == text.len && len <= text_max;
}

typedef struct key_text {
    uint8_t bytes[NP_FIRMWARE_PRIVATE_TEXT];
} key_text;

static void key_text_clear(key_text *text)
{
    np_wipe(text, sizeof(*text));
}

/* Exactly size bytes, text_max characters with their padding. */
static bool decode_text(np_bytes text, size_t text_max, uint8_t *ret, size_t size)
{
    np_bytes characters;
    NP_CLEANUP(key_text_clear) key_text padded;
    if (!take_characters(text, text_max, &characters)) {
        return false;
    }
    memset(padded.bytes, '=', sizeof(padded.bytes));
    if (characters.len > 0) {
        memcpy(padded.bytes, characters.data, characters.len);
    }
    np_writer writer = np_writer_of(ret, size);
    return np_parse_base64(np_bytes_of(padded.bytes, text_max), &writer, NULL) == NP_OK &&
           writer.len == size;
}

/* As it is, or in Base64. */
static np_code decode(np_bytes text, size_t text_max, uint8_t *ret, size_t size, np_error *err)
{
    if (text.len == size) {
        memcpy(ret, text.data, size);
        return NP_OK;
    }
    if (decode_text(text, text_max, ret, size)) {
        return NP_OK;
    }
    const char *kind = size == PRIVATE_SIZE ? "private" : "public";
    np_error_set(err, NP_EINPUT_FORMAT, "no %s key in the form of fwup", kind);
    return np_error_hint(err, NP_EINPUT_FORMAT, "want %zu bytes, or their %zu characters of Base64",
                         size, text_max);
}

np_code np_firmware_key_decode(np_bytes text, np_firmware_key *ret, np_error *err)
{
    *ret = (np_firmware_key){.state = NP_FIRMWARE_KEY_ACTIVE};
    NP_TRY(decode(text, NP_FIRMWARE_PUBLIC_TEXT, ret->bytes, sizeof(ret->bytes), err));
    if (np_ed25519_is_public(ret->bytes)) {
        return NP_OK;
    }
    np_error_set(err, NP_EINPUT_KEY, "no public key that an honest signer can have");
    return np_error_hint(err, NP_EINPUT_KEY,
                         "the point is not on the curve, or anybody can sign for it");
}

np_code np_firmware_private_key_decode(np_bytes text, np_firmware_private_key *ret, np_error *err)
{
    uint8_t point[NP_ED25519_PUBLIC_SIZE];
    NP_CLEANUP(key_text_clear) key_text bytes;
    NP_TRY(decode(text, NP_FIRMWARE_PRIVATE_TEXT, bytes.bytes, PRIVATE_SIZE, err));
    np_ed25519_public(bytes.bytes, point);
    if (memcmp(point, bytes.bytes + NP_ED25519_SEED_SIZE, sizeof(point)) != 0) {
        np_error_set(err, NP_EINPUT_KEY,
                     "the two halves of the private key do not belong together");
        return np_error_hint(err, NP_EINPUT_KEY,
                             "nobody could verify what it signs, and signing would give the key "
                             "away: take the file from its backup");
    }
    np_firmware_private_key_make(bytes.bytes, ret);
    return NP_OK;
}

void np_firmware_write_public(const np_firmware_private_key *key, np_writer *writer)
{
    np_write_base64(writer, NP_BYTES(key->point), 0);
}

void np_firmware_write_private(const np_firmware_private_key *key, np_writer *writer)
{
    NP_CLEANUP(key_text_clear) key_text bytes;
    memcpy(bytes.bytes, key->seed, sizeof(key->seed));
    memcpy(bytes.bytes + sizeof(key->seed), key->point, sizeof(key->point));
    np_write_base64(writer, np_bytes_of(bytes.bytes, PRIVATE_SIZE), 0);
}

void np_firmware_key_fingerprint(const uint8_t point[static NP_ED25519_PUBLIC_SIZE],
                                 uint8_t ret[static NP_FIRMWARE_FINGERPRINT_SIZE])
{
    np_sha256(np_bytes_of(point, NP_ED25519_PUBLIC_SIZE), ret);
}
