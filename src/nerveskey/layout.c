/* SPDX-License-Identifier: Apache-2.0 */
#include "nerveskey/layout.h"

enum {
    OTP_MODE_READ_ONLY = 0xaa,
    CHIP_MODE_PLAIN = 0x00,
    COUNTERS_IN_BLOCK_1 = 64, /* where the 32-byte write of slots 6 to 15 ends */
    FIRST_CERTIFICATE_SLOT = 10,
    LAST_CERTIFICATE_SLOT = 13,
};

#define KEY_SLOT                                                                                   \
    {0x87, 0x20},                                                                                  \
    {                                                                                              \
        0x33, 0x00                                                                                 \
    } /* sign, ECDH; GenKey until locked */
#define FREE_SLOT                                                                                  \
    {0x0f, 0x0f},                                                                                  \
    {                                                                                              \
        0x1c, 0x00                                                                                 \
    } /* clear read, always writable */
#define LOCKABLE_SLOT                                                                              \
    {0x0f, 0x0f},                                                                                  \
    {                                                                                              \
        0x3c, 0x00                                                                                 \
    }
#define FIXED_SLOT                                                                                 \
    {0x0f, 0x2f},                                                                                  \
    {                                                                                              \
        0x3c, 0x00                                                                                 \
    } /* clear read, never writable after data lock */

const np_nerveskey_slot np_nerveskey_slots[NP_ATECC_SLOT_COUNT] = {
    {"device private key", KEY_SLOT},
    {"free", FREE_SLOT},
    {"free", FREE_SLOT},
    {"free", FREE_SLOT},
    {"free", FREE_SLOT},
    {"settings, part 3", FREE_SLOT},
    {"settings, part 2", FREE_SLOT},
    {"settings, part 1", FREE_SLOT},
    {"settings, part 0", LOCKABLE_SLOT},
    {"auxiliary device certificate", LOCKABLE_SLOT},
    {"device certificate", FIXED_SLOT},
    {"signer public key", {0x0f, 0x2f}, {0x30, 0x00}},
    {"signer certificate", FIXED_SLOT},
    {"reserved for a signer serial", FIXED_SLOT},
    {"auxiliary signer public key", LOCKABLE_SLOT},
    {"auxiliary signer certificate", LOCKABLE_SLOT},
};

static void put_slots(uint8_t *config)
{
    for (unsigned slot = 0; slot < NP_ATECC_SLOT_COUNT; slot++) {
        memcpy(config + NP_CONFIG_SLOT_CONFIG + 2 * slot, np_nerveskey_slots[slot].slot_config, 2);
        memcpy(config + NP_CONFIG_KEY_CONFIG + 2 * slot, np_nerveskey_slots[slot].key_config, 2);
    }
}

void np_nerveskey_target_config(const uint8_t current[static NP_ATECC_CONFIG_SIZE],
                                np_atecc_model model, uint8_t address,
                                uint8_t ret[static NP_ATECC_CONFIG_SIZE])
{
    const uint8_t *factory = np_atecc_factory_config(model);
    memmove(ret, current, NP_ATECC_CONFIG_SIZE);
    ret[NP_CONFIG_I2C_ADDRESS] = (uint8_t)(address << 1);
    ret[NP_CONFIG_RESERVED17] = factory[NP_CONFIG_RESERVED17];
    ret[NP_CONFIG_OTP_MODE] = OTP_MODE_READ_ONLY;
    ret[NP_CONFIG_CHIP_MODE] = CHIP_MODE_PLAIN;
    for (size_t i = NP_CONFIG_COUNTERS; i < COUNTERS_IN_BLOCK_1; i++) {
        ret[i] = ret[i] == NP_ATECC_ERASED ? factory[i] : ret[i];
    }
    memset(ret + NP_CONFIG_X509_FORMAT, 0, NP_CONFIG_KEY_CONFIG - NP_CONFIG_X509_FORMAT);
    put_slots(ret);
}

static bool slot_is_ours(const uint8_t *config, unsigned slot)
{
    const np_nerveskey_slot *ours = &np_nerveskey_slots[slot];
    return memcmp(config + NP_CONFIG_SLOT_CONFIG + 2 * slot, ours->slot_config, 2) == 0 &&
           memcmp(config + NP_CONFIG_KEY_CONFIG + 2 * slot, ours->key_config, 2) == 0;
}

bool np_nerveskey_config_is_compatible(const uint8_t config[static NP_ATECC_CONFIG_SIZE])
{
    bool is_ours = config[NP_CONFIG_LOCK_CONFIG] == NP_ATECC_LOCKED &&
                   config[NP_CONFIG_CHIP_MODE] == CHIP_MODE_PLAIN &&
                   slot_is_ours(config, NP_NERVESKEY_KEY_SLOT);
    for (unsigned slot = FIRST_CERTIFICATE_SLOT; slot <= LAST_CERTIFICATE_SLOT; slot++) {
        is_ours = is_ours && slot_is_ours(config, slot);
    }
    return is_ours;
}
