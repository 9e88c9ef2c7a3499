/* SPDX-License-Identifier: Apache-2.0 */
#include "atecc/model.h"

enum { REVISION_LAST_WORD = 2, EARLY_608A = 0x6001 };

typedef struct model_row {
    const char *name;
    uint16_t revision; /* last two of the four bytes; the first two are 0 */
    uint8_t factory[NP_ATECC_CONFIG_SIZE];
} model_row;

/* What the three factory configurations share: the slots' half of blocks 0 and 1, and block 3. */
/* clang-format off */
#define FACTORY_SLOT_CONFIG                                                                        \
    0x83, 0x20, 0x87, 0x20, 0x8f, 0x20, 0xc4, 0x8f, 0x8f, 0x8f, 0x8f, 0x8f,                        \
    0x9f, 0x8f, 0xaf, 0x8f, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,                        \
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xaf, 0x8f
#define FACTORY_COUNTERS                                                                           \
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00
#define SIXTEEN(byte)                                                                              \
    byte, byte, byte, byte, byte, byte, byte, byte, byte, byte, byte, byte, byte, byte, byte, byte
#define FACTORY_LOCKS 0x00, 0x00, 0x55, 0x55, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00
#define FACTORY_KEY_CONFIG                                                                         \
    0x33, 0x00, 0x33, 0x00, 0x33, 0x00, 0x1c, 0x00, 0x1c, 0x00, 0x1c, 0x00, 0x1c, 0x00, 0x1c,      \
    0x00, 0x3c, 0x00, 0x3c, 0x00, 0x3c, 0x00, 0x3c, 0x00, 0x3c, 0x00, 0x3c, 0x00, 0x3c, 0x00,      \
    0x1c, 0x00

static const model_row models[NP_ATECC_MODEL_COUNT] = {
    [NP_ATECC508A] = {"atecc508a", 0x5000,
        {0x01, 0x23, 0x00, 0x00, 0x00, 0x00, 0x50, 0x00, 0x00, 0x00, 0x00, 0x00, 0xee, 0xc0, 0x55,
         0x00, 0xc0, 0x00, 0x55, 0x00, FACTORY_SLOT_CONFIG, FACTORY_COUNTERS, SIXTEEN(0xff),
         FACTORY_LOCKS, FACTORY_KEY_CONFIG}},
    [NP_ATECC608A] = {"atecc608a", 0x6002,
        {0x01, 0x23, 0x00, 0x00, 0x00, 0x00, 0x60, 0x02, 0x00, 0x00, 0x00, 0x00, 0xee, 0xc1, 0x55,
         0x00, 0xc0, 0x00, 0x00, 0x00, FACTORY_SLOT_CONFIG, FACTORY_COUNTERS, SIXTEEN(0x00),
         FACTORY_LOCKS, FACTORY_KEY_CONFIG}},
    [NP_ATECC608B] = {"atecc608b", 0x6003,
        {0x01, 0x23, 0x00, 0x00, 0x00, 0x00, 0x60, 0x03, 0x00, 0x00, 0x00, 0x00, 0xee, 0x61, 0x55,
         0x00, 0xc0, 0x00, 0x00, 0x00, FACTORY_SLOT_CONFIG, FACTORY_COUNTERS, SIXTEEN(0x00),
         FACTORY_LOCKS, FACTORY_KEY_CONFIG}},
};
/* clang-format on */

const char *np_atecc_model_name(np_atecc_model model)
{
    return models[model].name;
}

bool np_atecc_model_by_name(const char *name, np_atecc_model *ret)
{
    for (unsigned model = 0; model < NP_ATECC_MODEL_COUNT; model++) {
        if (strcmp(models[model].name, name) == 0) {
            *ret = (np_atecc_model)model;
            return true;
        }
    }
    return false;
}

bool np_atecc_model_by_revision(const uint8_t revision[static NP_ATECC_REVISION_SIZE],
                                np_atecc_model *ret)
{
    uint16_t number = (uint16_t)(revision[REVISION_LAST_WORD] << 8 | revision[3]);
    if (revision[0] != 0 || revision[1] != 0) {
        return false;
    }
    for (unsigned model = 0; model < NP_ATECC_MODEL_COUNT; model++) {
        if (models[model].revision == number) {
            *ret = (np_atecc_model)model;
            return true;
        }
    }
    *ret = NP_ATECC608A;
    return number == EARLY_608A;
}

const uint8_t *np_atecc_factory_config(np_atecc_model model)
{
    return models[model].factory;
}
