/* SPDX-License-Identifier: Apache-2.0 */
#include "virtual/modem_image.h"

#include "crypto/hash.h"

/* "npmodm" and two bytes that no text file survives. */
static const uint8_t magic[] = {'n', 'p', 'm', 'o', 'd', 'm', '\r', '\n'};

enum { IMAGE_VERSION = 1, FLAG_OMITS_NULL = 1, FLAG_GENERATED = 1 };

bool np_modem_image_is(np_bytes image)
{
    return image.len >= sizeof(magic) && memcmp(image.data, magic, sizeof(magic)) == 0;
}

static void write_text(np_writer *writer, const char *text, size_t size)
{
    size_t len = strlen(text);
    np_write_text(writer, text);
    np_write_fill(writer, 0, size - len);
}

static void write_credential(np_writer *writer, const np_modem_credential *credential)
{
    np_write_u32_be(writer, credential->tag);
    np_write_u16_be(writer, (uint16_t)credential->type);
    np_write_u16_be(writer, credential->is_generated ? FLAG_GENERATED : 0);
    np_write_u32_be(writer, (uint32_t)credential->len);
    np_write_bytes(writer, np_bytes_of(credential->content, credential->len));
}

void np_modem_image_encode(const np_modem_state *state, np_writer *writer)
{
    uint8_t digest[NP_SHA256_SIZE];
    np_write_bytes(writer, NP_BYTES(magic));
    np_write_u16_be(writer, IMAGE_VERSION);
    np_write_u16_be(writer, (uint16_t)state->model);
    np_write_u8(writer, (uint8_t)state->host);
    np_write_u8(writer, (uint8_t)state->line_end);
    np_write_u8(writer, (uint8_t)state->form);
    np_write_u8(writer, state->omits_null ? FLAG_OMITS_NULL : 0);
    write_text(writer, state->imei, sizeof(state->imei));
    write_text(writer, state->firmware, sizeof(state->firmware));
    np_write_bytes(writer, NP_BYTES(state->uuid));
    np_write_bytes(writer, NP_BYTES(state->identity_key));
    np_write_u32_be(writer, (uint32_t)state->credential_count);
    for (size_t i = 0; i < state->credential_count; i++) {
        write_credential(writer, &state->credentials[i]);
    }
    np_sha256(np_writer_bytes(writer), digest);
    np_write_bytes(writer, NP_BYTES(digest));
}

static np_code check_outside(np_bytes image, np_error *err)
{
    uint8_t digest[NP_SHA256_SIZE];
    if (!np_modem_image_is(image)) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "no modem image: it does not begin with the magic \"npmodm\"");
    }
    if (image.len < sizeof(magic) + sizeof(digest) || image.len > NP_MODEM_IMAGE_MAX) {
        return np_error_set(err, NP_EINPUT_FORMAT, "a modem image of %zu bytes: cut off",
                            image.len);
    }
    size_t covered = image.len - sizeof(digest);
    np_sha256(np_bytes_of(image.data, covered), digest);
    if (memcmp(digest, image.data + covered, sizeof(digest)) != 0) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "damaged modem image: its SHA-256 does not match its content");
    }
    return NP_OK;
}

/* Printable ASCII, NULs behind it. */
static bool read_text(np_reader *reader, char *ret, size_t size)
{
    np_bytes bytes = np_read_bytes(reader, size);
    size_t len = 0;
    if (bytes.data == NULL) {
        return false;
    }
    while (len < size && bytes.data[len] > ' ' && bytes.data[len] <= '~') {
        len++;
    }
    memcpy(ret, bytes.data, size);
    return len > 0 && len < size && np_bytes_are_all(np_bytes_of(bytes.data + len, size - len), 0);
}

static bool read_bytes(np_reader *reader, uint8_t *ret, size_t size)
{
    np_bytes bytes = np_read_bytes(reader, size);
    if (bytes.data == NULL) {
        return false;
    }
    memcpy(ret, bytes.data, size);
    return true;
}

static bool read_head(np_reader *reader, np_modem_state *ret)
{
    ret->model = (np_modem_model)np_read_u16_be(reader);
    ret->host = (np_modem_host)np_read_u8(reader);
    ret->line_end = (np_line_end)np_read_u8(reader);
    ret->form = (np_token_form)np_read_u8(reader);
    uint8_t flags = np_read_u8(reader);
    ret->omits_null = (flags & FLAG_OMITS_NULL) != 0;
    bool is_known = ret->model < NP_MODEM_MODEL_COUNT && ret->host > NP_MODEM_HOST_AUTO &&
                    ret->host < NP_MODEM_HOST_COUNT && ret->line_end < NP_LINE_END_COUNT &&
                    ret->form < NP_TOKEN_FORM_COUNT && flags <= FLAG_OMITS_NULL;
    return is_known && read_text(reader, ret->imei, sizeof(ret->imei)) &&
           read_text(reader, ret->firmware, sizeof(ret->firmware)) &&
           read_bytes(reader, ret->uuid, sizeof(ret->uuid)) &&
           read_bytes(reader, ret->identity_key, sizeof(ret->identity_key)) &&
           np_p256_is_scalar(ret->identity_key);
}

static bool read_credential(np_reader *reader, np_modem_credential *ret)
{
    ret->tag = np_read_u32_be(reader);
    ret->type = np_read_u16_be(reader);
    unsigned flags = np_read_u16_be(reader);
    ret->is_generated = flags == FLAG_GENERATED;
    ret->len = np_read_u32_be(reader);
    bool fits = ret->len > 0 && ret->len <= sizeof(ret->content) && flags <= FLAG_GENERATED &&
                (!ret->is_generated || ret->len == NP_P256_SCALAR_SIZE);
    return fits && read_bytes(reader, ret->content, ret->len);
}

static bool read_state(np_reader *reader, np_modem_state *ret)
{
    if (!read_head(reader, ret)) {
        return false;
    }
    ret->credential_count = np_read_u32_be(reader);
    if (ret->credential_count > NP_MODEM_CREDENTIALS_MAX) {
        return false;
    }
    for (size_t i = 0; i < ret->credential_count; i++) {
        if (!read_credential(reader, &ret->credentials[i])) {
            return false;
        }
    }
    return np_reader_is_done(reader);
}

np_code np_modem_image_decode(np_bytes image, np_modem_state *ret, np_error *err)
{
    NP_TRY(check_outside(image, err));
    np_reader reader =
        np_reader_of(np_bytes_of(image.data + sizeof(magic), image.len - sizeof(magic) - 32));
    unsigned version = np_read_u16_be(&reader);
    if (version != IMAGE_VERSION) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "modem image of version %u; this program knows version %d", version,
                            IMAGE_VERSION);
    }
    if (!read_state(&reader, ret)) {
        np_modem_state_clear(ret);
        return np_error_set(err, NP_EINPUT_FORMAT, "modem image with impossible content");
    }
    return NP_OK;
}
