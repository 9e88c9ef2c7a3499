/* SPDX-License-Identifier: Apache-2.0 */
#include "virtual/image.h"

#include "base/bytes.h"
#include "crypto/hash.h"

/* "npchip" and two bytes that no text file survives, version, model, two bytes 0. */
static const uint8_t magic[] = {'n', 'p', 'c', 'h', 'i', 'p', '\r', '\n'};

enum {
    IMAGE_VERSION = 1,
    VERSION_AT = 8,
    MODEL_AT = 10,
    SPARE_AT = 12,
    EEPROM_AT = 16,
    DIGEST_AT = EEPROM_AT + NP_EEPROM_SIZE,
};

void np_chip_image_encode(np_atecc_model model, const uint8_t eeprom[static NP_EEPROM_SIZE],
                          uint8_t ret[static NP_CHIP_IMAGE_SIZE])
{
    np_writer writer = np_writer_of(ret, NP_CHIP_IMAGE_SIZE);
    np_write_bytes(&writer, NP_BYTES(magic));
    np_write_u16_be(&writer, IMAGE_VERSION);
    np_write_u16_be(&writer, (uint16_t)model);
    np_write_u32_be(&writer, 0);
    np_write_bytes(&writer, np_bytes_of(eeprom, NP_EEPROM_SIZE));
    np_sha256(np_writer_bytes(&writer), ret + DIGEST_AT);
}

static np_code check_header(np_bytes image, np_error *err)
{
    if (image.len != NP_CHIP_IMAGE_SIZE) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "a chip image has %zu bytes, this has %zu: cut off or something else",
                            (size_t)NP_CHIP_IMAGE_SIZE, image.len);
    }
    if (memcmp(image.data, magic, sizeof(magic)) != 0) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "no chip image: it does not begin with the magic \"npchip\"");
    }
    uint8_t digest[NP_SHA256_SIZE];
    np_sha256(np_bytes_of(image.data, DIGEST_AT), digest);
    if (memcmp(digest, image.data + DIGEST_AT, sizeof(digest)) != 0) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "damaged chip image: its SHA-256 does not match its content");
    }
    return NP_OK;
}

np_code np_chip_image_decode(np_bytes image, np_atecc_model *ret_model,
                             uint8_t ret_eeprom[static NP_EEPROM_SIZE], np_error *err)
{
    NP_TRY(check_header(image, err));
    np_reader reader = np_reader_of(np_bytes_of(image.data + VERSION_AT, EEPROM_AT - VERSION_AT));
    unsigned version = np_read_u16_be(&reader);
    unsigned model = np_read_u16_be(&reader);
    uint32_t spare = np_read_u32_be(&reader);
    if (version != IMAGE_VERSION || spare != 0) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "chip image of version %u; this program knows version %d", version,
                            IMAGE_VERSION);
    }
    if (model >= NP_ATECC_MODEL_COUNT) {
        return np_error_set(err, NP_EINPUT_FORMAT, "chip image of an unknown model %u", model);
    }
    *ret_model = (np_atecc_model)model;
    memcpy(ret_eeprom, image.data + EEPROM_AT, NP_EEPROM_SIZE);
    return NP_OK;
}
