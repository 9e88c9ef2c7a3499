/* SPDX-License-Identifier: Apache-2.0 */
#include "api/pem_text.h"

#include "base/wipe.h"
#include "link/link.h"
#include "nerveskey/trust_and_go_make.h"
#include "x509/pem.h"
#include <nameplate/nameplate.h>

/* Silicon as the factory delivers it, or a part made of it. */
typedef struct part_row {
    const char *name;
    np_atecc_model model;
    uint8_t serial_end; /* last byte of the chip serial (specs of the chip 3.2) */
    bool is_trust_and_go;
} part_row;

static const part_row parts[] = {
    {"atecc508a", NP_ATECC508A, 0xee, false},
    {"atecc608a", NP_ATECC608A, 0xee, false},
    {"atecc608b", NP_ATECC608B, 0xee, false},
    {"tngtls", NP_ATECC608B, 0x01, true},
};

static const part_row *find_part(const char *name)
{
    for (size_t i = 0; i < NP_COUNT_OF(parts); i++) {
        if (strcmp(parts[i].name, name) == 0) {
            return &parts[i];
        }
    }
    return NULL;
}

/* All parts of the family have the same first two bytes (specs of the chip 3.2). */
static np_code draw_serial(const part_row *part, np_chip_serial *ret, np_error *err)
{
    np_random random = np_random_system();
    *ret = (np_chip_serial){.bytes = {0x01, 0x23, 0, 0, 0, 0, 0, 0, part->serial_end}};
    return random.fill(random.self, ret->bytes + 2, sizeof(ret->bytes) - 3, err);
}

static np_code take_serial(const uint8_t *bytes, const part_row *part, np_chip_serial *ret,
                           np_error *err)
{
    memcpy(ret->bytes, bytes, sizeof(ret->bytes));
    bool is_of_family =
        ret->bytes[0] == 0x01 && ret->bytes[1] == 0x23 && ret->bytes[8] == part->serial_end;
    return is_of_family
               ? NP_OK
               : np_error_set(err, NP_EUSAGE, "a chip serial begins with 01 23 and ends with %02x",
                              (unsigned)part->serial_end);
}

typedef struct eeprom_draft {
    np_trust_and_go_part part;
    uint8_t bytes[NP_EEPROM_SIZE];
} eeprom_draft;

static void clear_draft(eeprom_draft *draft)
{
    np_wipe(draft, sizeof(*draft));
}

static np_code create_trust_and_go(const char *path, np_link_new_chip *chip, np_error *err)
{
    NP_CLEANUP(clear_draft) eeprom_draft draft;
    NP_TRY(np_trust_and_go_make(chip->serial, np_now(), np_random_system(), &draft.part, err));
    memcpy(draft.bytes + NP_EEPROM_CONFIG, draft.part.config, sizeof(draft.part.config));
    memcpy(draft.bytes + NP_EEPROM_OTP, draft.part.otp, sizeof(draft.part.otp));
    memcpy(draft.bytes + NP_EEPROM_DATA, draft.part.data, sizeof(draft.part.data));
    chip->eeprom = NP_BYTES(draft.bytes);
    return np_link_create_virtual(path, chip, err);
}

np_code np_virtual_create(const char *path, const char *model, const uint8_t *chip_serial,
                          np_error *err)
{
    np_chip_serial serial;
    const part_row *part = find_part(model);
    if (part == NULL) {
        np_error_set(err, NP_EUSAGE, "there is no virtual part '%s'", model);
        return np_error_hint(err, NP_EUSAGE, "atecc508a, atecc608a, atecc608b or tngtls");
    }
    np_link_new_chip chip = {.model = part->model, .serial = &serial};
    NP_TRY(chip_serial == NULL ? draw_serial(part, &serial, err)
                               : take_serial(chip_serial, part, &serial, err));
    return part->is_trust_and_go ? create_trust_and_go(path, &chip, err)
                                 : np_link_create_virtual(path, &chip, err);
}

np_code np_virtual_root_to_pem(char *ret_text, size_t size, np_error *err)
{
    np_issued root;
    np_writer writer = np_writer_of((uint8_t *)ret_text, size);
    NP_TRY(np_trust_and_go_make_root(&root, err));
    np_pem_encode(&writer, "CERTIFICATE", np_bytes_of(root.der, root.der_len));
    return pem_text_end(&writer, ret_text, size, err);
}
