/* SPDX-License-Identifier: Apache-2.0 */
#include "nerveskey/settings.h"

#include "nerveskey/layout.h"
#include "nerveskey/trust_and_go.h"

/* Slots in the order of the bytes, which is the order of writing too. */
typedef struct settings_area {
    size_t count;
    uint8_t slots[4];
} settings_area;

static const settings_area area_of_nerveskey = {4, {8, 7, 6, 5}};
static const settings_area area_of_trust_and_go = {1, {8}};

static np_code refuse_open(np_error *err)
{
    np_code code = np_error_set(err, NP_ECONFLICT_OTHER,
                                "the chip is not provisioned: its data zone is not locked");
    return np_error_hint(err, code, "settings come after nameplate chip provision");
}

/* As for the identity: the configuration tells, and for parts with another one the OTP code. */
static np_code find_area(np_atecc *chip, const settings_area **ret, np_error *err)
{
    uint8_t config[NP_ATECC_CONFIG_SIZE];
    uint8_t otp[NP_TRUST_AND_GO_CODE_SIZE];
    NP_TRY(np_atecc_read_config(chip, 0, sizeof(config), config, err));
    if (config[NP_CONFIG_LOCK_VALUE] != NP_ATECC_LOCKED) {
        return refuse_open(err);
    }
    *ret = &area_of_nerveskey;
    if (np_layout_of(config) != NULL) {
        return NP_OK;
    }
    *ret = &area_of_trust_and_go;
    if (np_trust_and_go_has_config(config)) {
        return NP_OK;
    }
    NP_TRY(np_atecc_read_otp(chip, 0, sizeof(otp), otp, err));
    return np_trust_and_go_has_code(otp)
               ? NP_OK
               : np_error_set(err, NP_ECONFLICT_FOREIGN,
                              "the configuration is neither NervesKey's nor that of a Trust&GO "
                              "part");
}

static np_code read_slots(np_atecc *chip, const settings_area *area, np_settings *ret,
                          np_error *err)
{
    *ret = (np_settings){0};
    for (size_t i = 0; i < area->count; i++) {
        size_t size = np_atecc_slot_size(area->slots[i]);
        np_code code =
            np_atecc_read_slot(chip, area->slots[i], size, ret->bytes + ret->capacity, err);
        if (code != NP_OK) {
            return np_error_prefix(err, code, "settings in slot %u", (unsigned)area->slots[i]);
        }
        ret->capacity += size;
    }
    return NP_OK;
}

np_code np_settings_read(np_atecc *chip, np_settings *ret, np_error *err)
{
    const settings_area *area = NULL;
    NP_TRY(find_area(chip, &area, err));
    return read_slots(chip, area, ret, err);
}

/* Blocks while one is whole, then words: nothing is sent that a slot cannot hold. */
static np_code write_slot(np_atecc *chip, unsigned slot, const uint8_t *data, np_error *err)
{
    size_t size = np_atecc_slot_size(slot);
    size_t len = NP_ATECC_BLOCK_SIZE;
    for (size_t at = 0; at < size; at += len) {
        len = size - at >= NP_ATECC_BLOCK_SIZE ? NP_ATECC_BLOCK_SIZE : NP_ATECC_WORD_SIZE;
        np_code code = np_atecc_write(chip, NP_ATECC_ZONE_DATA, np_atecc_slot_address(slot, at),
                                      np_bytes_of(data + at, len), err);
        if (code != NP_OK) {
            return np_error_prefix(err, code, "settings in slot %u, byte %zu", slot, at);
        }
    }
    return NP_OK;
}

static size_t capacity_of(const settings_area *area)
{
    size_t capacity = 0;
    for (size_t i = 0; i < area->count; i++) {
        capacity += np_atecc_slot_size(area->slots[i]);
    }
    return capacity;
}

static np_code compare(np_atecc *chip, const settings_area *area, const uint8_t *bytes,
                       np_error *err)
{
    np_settings there;
    NP_TRY(read_slots(chip, area, &there, err));
    for (size_t i = 0; i < there.capacity; i++) {
        if (there.bytes[i] != bytes[i]) {
            return np_error_set(err, NP_EDEVICE_VERIFY,
                                "read back from the chip: byte %zu of the settings differs", i);
        }
    }
    return NP_OK;
}

static np_code refuse_size(size_t len, size_t capacity, np_error *err)
{
    np_code code =
        np_error_set(err, NP_EINPUT_RANGE,
                     "the settings need %zu bytes; this chip stores at most %zu", len, capacity);
    return np_error_hint(err, code, "nothing was written");
}

static np_code write_and_compare(np_atecc *chip, np_bytes bytes, size_t *ret_capacity,
                                 np_error *err)
{
    uint8_t whole[NP_SETTINGS_SIZE] = {0};
    const settings_area *area = NULL;
    const uint8_t *from = whole;
    if (bytes.len > sizeof(whole)) {
        return refuse_size(bytes.len, sizeof(whole), err);
    }
    NP_TRY(find_area(chip, &area, err));
    *ret_capacity = capacity_of(area);
    if (bytes.len > *ret_capacity) {
        return refuse_size(bytes.len, *ret_capacity, err);
    }
    if (bytes.len > 0) {
        memcpy(whole, bytes.data, bytes.len);
    }
    for (size_t i = 0; i < area->count; i++) {
        NP_TRY(write_slot(chip, area->slots[i], from, err));
        from += np_atecc_slot_size(area->slots[i]);
    }
    return compare(chip, area, whole, err);
}

np_code np_settings_write(np_atecc *chip, np_bytes bytes, size_t *ret_capacity, np_error *err)
{
    np_code code = write_and_compare(chip, bytes, ret_capacity, err);
    np_code slept = np_atecc_sleep(chip, code == NP_OK ? err : NULL);
    return code != NP_OK ? code : slept;
}
