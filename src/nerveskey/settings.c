/* SPDX-License-Identifier: Apache-2.0 */
#include "nerveskey/settings.h"

#include "nerveskey/layout.h"

/* In the order of the bytes, which is the order of writing too. */
static const unsigned slots[] = {8, 7, 6, 5};

static np_code check_chip(np_atecc *chip, np_error *err)
{
    uint8_t config[NP_ATECC_CONFIG_SIZE];
    NP_TRY(np_atecc_read_config(chip, 0, sizeof(config), config, err));
    if (config[NP_CONFIG_LOCK_VALUE] != NP_ATECC_LOCKED) {
        np_code code = np_error_set(err, NP_ECONFLICT_OTHER,
                                    "the chip is not provisioned: its data zone is not locked");
        return np_error_hint(err, code, "settings come after nameplate chip provision");
    }
    return np_nerveskey_config_is_compatible(config)
               ? NP_OK
               : np_error_set(err, NP_ECONFLICT_FOREIGN, "the configuration is not NervesKey's");
}

static np_code read_slots(np_atecc *chip, uint8_t *ret, np_error *err)
{
    for (size_t i = 0; i < NP_COUNT_OF(slots); i++) {
        size_t size = np_atecc_slot_size(slots[i]);
        np_code code = np_atecc_read_slot(chip, slots[i], size, ret, err);
        if (code != NP_OK) {
            return np_error_prefix(err, code, "settings in slot %u", slots[i]);
        }
        ret += size;
    }
    return NP_OK;
}

np_code np_settings_read(np_atecc *chip, uint8_t ret[static NP_SETTINGS_SIZE], np_error *err)
{
    NP_TRY(check_chip(chip, err));
    return read_slots(chip, ret, err);
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

static np_code write_and_compare(np_atecc *chip, const uint8_t *area, np_error *err)
{
    uint8_t there[NP_SETTINGS_SIZE];
    NP_TRY(check_chip(chip, err));
    const uint8_t *from = area;
    for (size_t i = 0; i < NP_COUNT_OF(slots); i++) {
        NP_TRY(write_slot(chip, slots[i], from, err));
        from += np_atecc_slot_size(slots[i]);
    }
    NP_TRY(read_slots(chip, there, err));
    for (size_t i = 0; i < sizeof(there); i++) {
        if (there[i] != area[i]) {
            return np_error_set(err, NP_EDEVICE_VERIFY,
                                "read back from the chip: byte %zu of the settings differs", i);
        }
    }
    return NP_OK;
}

np_code np_settings_write(np_atecc *chip, np_bytes bytes, np_error *err)
{
    uint8_t area[NP_SETTINGS_SIZE] = {0};
    if (bytes.len > sizeof(area)) {
        np_code code = np_error_set(err, NP_EINPUT_RANGE,
                                    "the settings need %zu bytes; a chip stores at most %d",
                                    bytes.len, NP_SETTINGS_SIZE);
        return np_error_hint(err, code, "nothing was written");
    }
    if (bytes.len > 0) {
        memcpy(area, bytes.data, bytes.len);
    }
    np_code code = write_and_compare(chip, area, err);
    np_code slept = np_atecc_sleep(chip, code == NP_OK ? err : NULL);
    return code != NP_OK ? code : slept;
}
