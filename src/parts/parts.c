/* SPDX-License-Identifier: Apache-2.0 */
#include "parts/parts.h"

#include "base/wipe.h"
#include "nerveskey/trust_and_go_make.h"

static const np_part parts[] = {
    {"atecc508a", NP_ATECC508A, 0xee, false},
    {"atecc608a", NP_ATECC608A, 0xee, false},
    {"atecc608b", NP_ATECC608B, 0xee, false},
    {"tngtls", NP_ATECC608B, 0x01, true},
};

np_code np_part_by_name(const char *name, const np_part **ret, np_error *err)
{
    for (size_t i = 0; i < NP_COUNT_OF(parts); i++) {
        if (strcmp(parts[i].name, name) == 0) {
            *ret = &parts[i];
            return NP_OK;
        }
    }
    np_error_set(err, NP_EUSAGE, "there is no virtual part '%s'", name);
    return np_error_hint(err, NP_EUSAGE,
                         "atecc508a, atecc608a, atecc608b, tngtls, nrf9160, nrf9161 or nrf9151");
}

bool np_part_has_serial(const np_part *part, const np_chip_serial *serial)
{
    return serial->bytes[0] == 0x01 && serial->bytes[1] == 0x23 &&
           serial->bytes[8] == part->serial_end;
}

np_code np_part_draw_serial(const np_part *part, np_random random, np_chip_serial *ret,
                            np_error *err)
{
    *ret = (np_chip_serial){.bytes = {0x01, 0x23, 0, 0, 0, 0, 0, 0, part->serial_end}};
    return random.fill(random.self, ret->bytes + 2, sizeof(ret->bytes) - 3, err);
}

typedef struct eeprom_draft {
    np_trust_and_go_part part;
    uint8_t bytes[NP_EEPROM_SIZE];
} eeprom_draft;

static void eeprom_draft_clear(eeprom_draft *draft)
{
    np_wipe(draft, sizeof(*draft));
}

static np_code create_trust_and_go(const char *path, np_link_new_chip *chip, int64_t now,
                                   np_error *err)
{
    NP_CLEANUP(eeprom_draft_clear) eeprom_draft draft;
    NP_TRY(np_trust_and_go_make(chip->serial, now, np_random_system(), &draft.part, err));
    memcpy(draft.bytes + NP_EEPROM_CONFIG, draft.part.config, sizeof(draft.part.config));
    memcpy(draft.bytes + NP_EEPROM_OTP, draft.part.otp, sizeof(draft.part.otp));
    memcpy(draft.bytes + NP_EEPROM_DATA, draft.part.data, sizeof(draft.part.data));
    chip->eeprom = NP_BYTES(draft.bytes);
    np_code code = np_link_create_virtual(path, chip, err);
    chip->eeprom = (np_bytes){0};
    return code;
}

np_code np_part_create(const np_part *part, const char *path, np_link_new_chip *chip, int64_t now,
                       np_error *err)
{
    chip->model = part->model;
    return part->is_trust_and_go ? create_trust_and_go(path, chip, now, err)
                                 : np_link_create_virtual(path, chip, err);
}
