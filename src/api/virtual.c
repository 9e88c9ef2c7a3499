/* SPDX-License-Identifier: Apache-2.0 */
#include "link/link.h"

#include <nameplate/virtual.h>

/* All parts of the family have the same first two bytes and last byte (specs of the chip 3.2). */
static const np_chip_serial family = {.bytes = {0x01, 0x23, 0, 0, 0, 0, 0, 0, 0xee}};

static np_code draw_serial(np_chip_serial *ret, np_error *err)
{
    np_random random = np_random_system();
    *ret = family;
    return random.fill(random.self, ret->bytes + 2, sizeof(ret->bytes) - 3, err);
}

static np_code take_serial(const uint8_t *bytes, np_chip_serial *ret, np_error *err)
{
    memcpy(ret->bytes, bytes, sizeof(ret->bytes));
    bool is_of_family = ret->bytes[0] == family.bytes[0] && ret->bytes[1] == family.bytes[1] &&
                        ret->bytes[8] == family.bytes[8];
    return is_of_family
               ? NP_OK
               : np_error_set(err, NP_EUSAGE, "a chip serial begins with 01 23 and ends with ee");
}

np_code np_virtual_create(const char *path, const char *model, const uint8_t *chip_serial,
                          np_error *err)
{
    np_chip_serial serial;
    np_link_new_chip chip = {.serial = &serial};
    if (!np_atecc_model_by_name(model, &chip.model)) {
        np_error_set(err, NP_EUSAGE, "there is no virtual part '%s'", model);
        return np_error_hint(err, NP_EUSAGE, "atecc508a, atecc608a or atecc608b");
    }
    NP_TRY(chip_serial == NULL ? draw_serial(&serial, err)
                               : take_serial(chip_serial, &serial, err));
    return np_link_create_virtual(path, &chip, err);
}
