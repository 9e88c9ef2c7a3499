/* SPDX-License-Identifier: Apache-2.0 */
/* Settings, as bytes and as JSON text. */
#include "api/chip.h"

#include "base/wipe.h"
#include "nerveskey/settings_json.h"

_Static_assert((int)NP_SETTINGS_SIZE == 416 + 3 * NP_ATECC_KEY_SIZE, "slots 8, 7, 6 and 5");

np_code np_chip_settings_read(np_chip *chip, np_settings *ret, np_error *err)
{
    return chip_rest(chip, np_settings_read(&chip->device, ret, err), err);
}

np_code np_chip_settings_write(np_chip *chip, np_bytes bytes, np_error *err)
{
    size_t capacity = 0;
    return chip_rest(chip, np_settings_write(&chip->device, bytes, &capacity, err), err);
}

static void clear_json(json_t **value)
{
    json_decref(*value);
}

/* Settings can be passwords. */
static void clear_settings(np_settings *settings)
{
    np_wipe(settings, sizeof(*settings));
}

static np_code decode(np_bytes bytes, json_t **ret, np_error *err)
{
    size_t len = 0;
    np_etf_atoms atoms = NP_ETF_ATOMS_UTF8;
    if (!np_bytes_are_all(bytes, 0)) {
        return np_settings_to_json(bytes, ret, &len, &atoms, err);
    }
    *ret = json_object();
    return *ret != NULL ? NP_OK : np_error_set(err, NP_ESTATION_MEMORY, "no memory for the JSON");
}

static np_code write_text(const json_t *value, char *ret_text, size_t size, np_error *err)
{
    size_t needed = json_dumpb(value, ret_text, size, JSON_COMPACT | JSON_ENCODE_ANY);
    if (needed == 0 || needed >= size) {
        np_wipe(ret_text, size);
        return np_error_set(err, NP_EINPUT_RANGE,
                            "settings of %zu bytes of text have no room in %zu", needed + 1, size);
    }
    ret_text[needed] = '\0';
    return NP_OK;
}

np_code np_chip_settings_get(np_chip *chip, char *ret_text, size_t size, np_error *err)
{
    NP_CLEANUP(clear_settings) np_settings settings;
    NP_CLEANUP(clear_json) json_t *value = NULL;
    NP_TRY(np_chip_settings_read(chip, &settings, err));
    NP_TRY(decode(np_bytes_of(settings.bytes, settings.capacity), &value, err));
    return write_text(value, ret_text, size, err);
}

np_code np_chip_settings_put(np_chip *chip, np_bytes json, np_error *err)
{
    NP_CLEANUP(clear_settings) np_settings settings = {0};
    size_t len = 0;
    json_error_t error;
    NP_CLEANUP(clear_json)
    json_t *value = json_loadb((const char *)json.data, json.len,
                               JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (value == NULL) {
        return np_error_set(err, NP_EINPUT_FORMAT, "settings: line %d: %s", error.line, error.text);
    }
    NP_TRY(np_settings_encode(value, NP_ETF_ATOMS_UTF8, settings.bytes, &len, err));
    return np_chip_settings_write(chip, np_bytes_of(settings.bytes, len), err);
}
