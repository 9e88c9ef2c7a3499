/* SPDX-License-Identifier: Apache-2.0 */
/* The parts that Nameplate knows, their revision bytes and their factory configuration. */
#pragma once

#include "base/bytes.h"
#include <stdbool.h>

typedef enum np_atecc_model {
    NP_ATECC508A,
    NP_ATECC608A,
    NP_ATECC608B,
    NP_ATECC_MODEL_COUNT
} np_atecc_model;

enum { NP_ATECC_CONFIG_SIZE = 128, NP_ATECC_SERIAL_SIZE = 9, NP_ATECC_REVISION_SIZE = 4 };

/* 9 bytes: configuration bytes 0-3 and 8-12. */
typedef struct np_chip_serial {
    uint8_t bytes[NP_ATECC_SERIAL_SIZE];
} np_chip_serial;

/* "atecc508a", as on the command line. */
const char *np_atecc_model_name(np_atecc_model model);
bool np_atecc_model_by_name(const char *name, np_atecc_model *ret);

/* By the revision in configuration bytes 4-7; early 608A (6001) included. False: unknown part. */
bool np_atecc_model_by_revision(const uint8_t revision[static NP_ATECC_REVISION_SIZE],
                                np_atecc_model *ret);

/*
 * The configuration zone as the factory leaves it, with serial bytes 2, 3 and 8-11, 13 and 14 as a
 * common part has them (specs of the chip 3.2; vectors/atecc/factory_config_templates.csv).
 */
const uint8_t *np_atecc_factory_config(np_atecc_model model);
