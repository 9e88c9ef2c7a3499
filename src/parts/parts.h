/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalogue of virtual parts: what --model names, and how such a part is made. It is not the
 * parts themselves (virtual/), nor their files (link/).
 */
#pragma once

#include "crypto/random.h"
#include "link/link.h"

/* Silicon as the factory delivers it, or a part made of it. */
typedef struct np_part {
    const char *name; /* "atecc608b" */
    np_atecc_model model;
    uint8_t serial_end; /* last byte of the chip serial (specs of the chip 3.2) */
    bool is_trust_and_go;
} np_part;

/* NP_EUSAGE with all names as the hint. */
NP_MUST_USE np_code np_part_by_name(const char *name, const np_part **ret, np_error *err);

/* All parts of the family begin with 01 23. */
bool np_part_has_serial(const np_part *part, const np_chip_serial *serial);
NP_MUST_USE np_code np_part_draw_serial(const np_part *part, np_random random, np_chip_serial *ret,
                                        np_error *err);

/*
 * A new state file (np_link_create_virtual); a Trust&GO part gets its key, its certificates valid
 * from now, and its locks, and takes no configuration in chip.
 */
NP_MUST_USE np_code np_part_create(const np_part *part, const char *path, np_link_new_chip *chip,
                                   int64_t now, np_error *err);
