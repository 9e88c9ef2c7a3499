/* SPDX-License-Identifier: Apache-2.0 */
#include "provider/reference.h"

#include "atecc/zones.h"
#include "base/utf8.h"
#include "x509/der.h"

/* The first element: no other structure begins with this text. */
#define TYPE_TEXT "Nameplate key reference"

enum { UNCOMPRESSED = 0x04 };

static np_code refuse(const char *what, np_error *err)
{
    return np_error_set(err, NP_EINPUT_FORMAT, "the key reference is damaged: %s", what);
}

static bool take_type(np_reader *body)
{
    np_der type;
    return np_der_take(body, NP_DER_UTF8_STRING, &type) &&
           np_bytes_equal(type.content, np_bytes_text(TYPE_TEXT));
}

/* A number of one byte. */
static bool take_number(np_reader *body, unsigned *ret)
{
    np_bytes number;
    if (!np_der_take_unsigned(body, &number) || number.len != 1) {
        return false;
    }
    *ret = number.data[0];
    return true;
}

/* Text that a C string can hold, and a terminal. */
static bool is_plain(np_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < ' ' || text.data[i] == 0x7f) {
            return false;
        }
    }
    return np_is_utf8(text);
}

static np_code take_chip(np_reader *body, np_key_reference *ret, np_error *err)
{
    np_der text;
    if (!np_der_take(body, NP_DER_UTF8_STRING, &text) || text.content.len == 0 ||
        text.content.len > NP_KEY_REFERENCE_URI_MAX || !is_plain(text.content)) {
        return refuse("its third element is no URI", err);
    }
    memcpy(ret->chip, text.content.data, text.content.len);
    ret->chip[text.content.len] = '\0';
    return NP_OK;
}

static np_code take_key(np_reader *body, np_key_reference *ret, np_error *err)
{
    np_der serial;
    np_der point;
    if (!take_number(body, &ret->slot) || ret->slot >= NP_ATECC_SLOT_COUNT) {
        return refuse("its fourth element is no slot", err);
    }
    if (!np_der_take(body, NP_DER_OCTET_STRING, &serial) ||
        serial.content.len != sizeof(ret->chip_serial.bytes)) {
        return refuse("its fifth element is no chip serial", err);
    }
    if (!np_der_take(body, NP_DER_OCTET_STRING, &point) ||
        point.content.len != 1 + sizeof(ret->point) || point.content.data[0] != UNCOMPRESSED) {
        return refuse("its sixth element is no point of P-256", err);
    }
    memcpy(ret->chip_serial.bytes, serial.content.data, serial.content.len);
    memcpy(ret->point, point.content.data + 1, sizeof(ret->point));
    return NP_OK;
}

np_code np_key_reference_decode(np_bytes der, np_key_reference *ret, np_error *err)
{
    np_reader outer = np_reader_of(der);
    np_der sequence;
    unsigned version = 0;
    *ret = (np_key_reference){0};
    bool is_sequence = np_der_take(&outer, NP_DER_SEQUENCE, &sequence);
    np_reader body = np_reader_of(sequence.content);
    if (!is_sequence || !take_type(&body)) {
        return np_error_set(err, NP_EINPUT_MISSING, "this is no key reference");
    }
    if (!take_number(&body, &version)) {
        return refuse("its second element is no version", err);
    }
    if (version != NP_KEY_REFERENCE_VERSION) {
        return np_error_set(err, NP_EINPUT_RANGE,
                            "the key reference has version %u; this Nameplate knows version %d",
                            version, NP_KEY_REFERENCE_VERSION);
    }
    NP_TRY(take_chip(&body, ret, err));
    NP_TRY(take_key(&body, ret, err));
    bool is_done = np_reader_is_done(&body) && np_reader_is_done(&outer);
    return is_done ? NP_OK : refuse("something stands behind its end", err);
}

np_code np_key_reference_set(np_key_reference *reference, const char *chip, unsigned slot,
                             np_error *err)
{
    size_t len = strlen(chip);
    if (len == 0 || !is_plain(np_bytes_text(chip))) {
        return np_error_set(err, NP_EUSAGE, "the chip's URI is empty, or no plain UTF-8");
    }
    if (len > NP_KEY_REFERENCE_URI_MAX) {
        return np_error_set(err, NP_EINPUT_RANGE,
                            "the chip's URI is %zu bytes long, a key reference takes %d", len,
                            NP_KEY_REFERENCE_URI_MAX);
    }
    if (slot >= NP_ATECC_SLOT_COUNT) {
        return np_error_set(err, NP_EINPUT_RANGE, "there is no slot %u; slots are 0 to %d", slot,
                            NP_ATECC_SLOT_COUNT - 1);
    }
    memcpy(reference->chip, chip, len + 1);
    reference->slot = slot;
    return NP_OK;
}

static void write_number(np_writer *writer, unsigned number)
{
    uint8_t byte = (uint8_t)number;
    np_der_write_unsigned(writer, np_bytes_of(&byte, 1));
}

void np_key_reference_encode(const np_key_reference *reference, np_writer *writer)
{
    uint8_t point[1 + sizeof(reference->point)] = {UNCOMPRESSED};
    memcpy(point + 1, reference->point, sizeof(reference->point));
    size_t mark = np_der_open(writer, NP_DER_SEQUENCE);
    np_der_write(writer, NP_DER_UTF8_STRING, np_bytes_text(TYPE_TEXT));
    write_number(writer, NP_KEY_REFERENCE_VERSION);
    np_der_write(writer, NP_DER_UTF8_STRING, np_bytes_text(reference->chip));
    write_number(writer, reference->slot);
    np_der_write(writer, NP_DER_OCTET_STRING, NP_BYTES(reference->chip_serial.bytes));
    np_der_write(writer, NP_DER_OCTET_STRING, NP_BYTES(point));
    np_der_close(writer, mark);
}
