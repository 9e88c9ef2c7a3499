/* SPDX-License-Identifier: Apache-2.0 */
#include "nerveskey/factory.h"

#include "base/format.h"
#include <string.h>

enum { CHECKED_END = NP_CONFIG_X509_FORMAT, BLOCK_1_END = 64, WORDS_4_TO_7 = 16 };

static bool is_checked(size_t at)
{
    return at == NP_CONFIG_RESERVED17 || at == NP_CONFIG_CHIP_MODE ||
           (at >= NP_CONFIG_COUNTERS && at < CHECKED_END);
}

static const char *name_of(size_t at)
{
    static const struct {
        size_t end;
        const char *name;
    } names[] = {
        {NP_CONFIG_RESERVED17 + 1, "reserved"},
        {NP_CONFIG_CHIP_MODE + 1, "ChipMode"},
        {60, "Counter0"},
        {68, "Counter1"},
        {84, "LastKeyUse or 608 features"},
        {85, "UserExtra"},
        {86, "Selector"},
        {87, "LockValue"},
        {88, "LockConfig"},
        {90, "SlotLocked"},
        {92, "ChipOptions"},
    };
    size_t row = 0;
    while (at >= names[row].end) {
        row++;
    }
    return names[row].name;
}

/* The one word of the checked bytes that a layout writes: each byte old, new or erased. */
static bool is_ours(const uint8_t *config, const uint8_t *target, const np_layout *layout,
                    size_t at)
{
    size_t word = NP_CONFIG_VOLATILE_PERMISSION & ~(size_t)3;
    bool is_written = layout->needs_608 && at >= word && at < word + NP_ATECC_WORD_SIZE;
    return is_written && (config[at] == target[at] || config[at] == NP_ATECC_ERASED);
}

static bool may_be_erased(const uint8_t *config, const uint8_t *target, size_t at)
{
    if (at < NP_CONFIG_SLOT_CONFIG) {
        return true;
    }
    bool words_are_ours =
        memcmp(config + NP_CONFIG_I2C_ADDRESS, target + NP_CONFIG_I2C_ADDRESS, WORDS_4_TO_7) == 0;
    return at < BLOCK_1_END && words_are_ours;
}

np_code factory_check(const uint8_t config[static NP_ATECC_CONFIG_SIZE],
                      const uint8_t target[static NP_ATECC_CONFIG_SIZE], np_atecc_model model,
                      const np_layout *layout, np_error *err)
{
    const uint8_t *factory = np_atecc_factory_config(model);
    char list[NP_ERROR_MESSAGE_SIZE] = "";
    size_t length = 0;
    for (size_t at = 0; at < NP_ATECC_CONFIG_SIZE; at++) {
        if (!is_checked(at) || config[at] == factory[at] || is_ours(config, target, layout, at) ||
            (config[at] == NP_ATECC_ERASED && may_be_erased(config, target, at))) {
            continue;
        }
        length += np_format(
            list + length, sizeof(list) - length, "%sbyte %zu (%s) is %02x, the factory's is %02x",
            length > 0 ? "; " : "", at, name_of(at), (unsigned)config[at], (unsigned)factory[at]);
        length = length < sizeof(list) ? length : sizeof(list) - 1;
    }
    if (length == 0) {
        return NP_OK;
    }
    np_code code = np_error_set(err, NP_ECONFLICT_FOREIGN, "not a factory-fresh chip: %s", list);
    return np_error_hint(err, code,
                         "somebody has configured this chip for another purpose; take a fresh one");
}
