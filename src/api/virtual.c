/* SPDX-License-Identifier: Apache-2.0 */
#include "api/pem_text.h"

#include "nerveskey/trust_and_go_make.h"
#include "parts/parts.h"
#include "x509/pem.h"
#include <nameplate/nameplate.h>

static np_code take_serial(const uint8_t *bytes, const np_part *part, np_chip_serial *ret,
                           np_error *err)
{
    memcpy(ret->bytes, bytes, sizeof(ret->bytes));
    return np_part_has_serial(part, ret)
               ? NP_OK
               : np_error_set(err, NP_EUSAGE, "a chip serial begins with 01 23 and ends with %02x",
                              (unsigned)part->serial_end);
}

np_code np_virtual_create(const char *path, const char *model, const uint8_t *chip_serial,
                          np_error *err)
{
    const np_part *part = NULL;
    np_chip_serial serial;
    np_link_new_chip chip = {.serial = &serial};
    NP_TRY(np_part_by_name(model, &part, err));
    NP_TRY(chip_serial == NULL ? np_part_draw_serial(part, np_random_system(), &serial, err)
                               : take_serial(chip_serial, part, &serial, err));
    return np_part_create(part, path, &chip, np_now(), err);
}

np_code np_virtual_root_to_pem(char *ret_text, size_t size, np_error *err)
{
    np_issued root;
    np_writer writer = np_writer_of((uint8_t *)ret_text, size);
    NP_TRY(np_trust_and_go_make_root(&root, err));
    np_pem_encode(&writer, "CERTIFICATE", np_bytes_of(root.der, root.der_len));
    return pem_text_end(&writer, ret_text, size, err);
}
