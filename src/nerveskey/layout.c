/* SPDX-License-Identifier: Apache-2.0 */
#include "nerveskey/layout.h"

enum {
    OTP_MODE_READ_ONLY = 0xaa,
    CHIP_MODE_PLAIN = 0x00,
    COUNTERS_IN_BLOCK_1 = 64, /* where the 32-byte write of slots 6 to 15 ends */
    USE_LOCK = 68,            /* begins the word with VolatileKeyPermission */
    PERMISSION_ENABLED = 0x80,
    PERMISSION = PERMISSION_ENABLED | NP_VOLATILE_ACTIVATION_SLOT,
    SLOTS_10_TO_13 = 0x3c00,
    KEYS_OF_APPLICATIONS = 0x001c, /* slots 2 to 4 */
};

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

/* as slot 0: signs digests from outside, ECDH, GenKey until it is locked, gives its public key */
#define KEY_SLOT                                                                                   \
    {0x87, 0x20},                                                                                  \
    {                                                                                              \
        0x33, 0x00                                                                                 \
    }

/* clang-format off */
#define COMMON_SLOTS                                                                               \
    [5] = {"settings, part 3", FREE_SLOT},                                                         \
    [6] = {"settings, part 2", FREE_SLOT},                                                         \
    [7] = {"settings, part 1", FREE_SLOT},                                                         \
    [8] = {"settings, part 0", LOCKABLE_SLOT},                                                     \
    [9] = {"auxiliary device certificate", LOCKABLE_SLOT},                                         \
    [10] = {"device certificate", FIXED_SLOT},                                                     \
    [11] = {"signer public key", {0x0f, 0x2f}, {0x30, 0x00}},                                      \
    [12] = {"signer certificate", FIXED_SLOT},                                                     \
    [13] = {"reserved for a signer serial", FIXED_SLOT},                                           \
    [14] = {"auxiliary signer public key", LOCKABLE_SLOT},                                         \
    [15] = {"auxiliary signer certificate", LOCKABLE_SLOT}
/* clang-format on */

const np_layout np_layouts[NP_LAYOUT_COUNT] =
    {
        [NP_LAYOUT_NERVESKEY] =
            {
                .name = "nerveskey",
                .mode = "regular",
                .slots = {[0] = {"device private key", KEY_SLOT},
                          [1] = {"free", FREE_SLOT},
                          [2] = {"free", FREE_SLOT},
                          [3] = {"free", FREE_SLOT},
                          [4] = {"free", FREE_SLOT},
                          COMMON_SLOTS},
                .checked_slots = SLOTS_10_TO_13 | 0x0001,
                .locked_slots = 0x0001,
            },
        /* the keys of slots 0 and 2 do nothing while the latch is open */
        [NP_LAYOUT_VOLATILE] =
            {
                .name = "nerveskey-volatile",
                .mode = "volatile",
                .slots = {[0] = {"device private key", {0x87, 0x20}, {0x33, 0x10}},
                          [1] = {"activation key", {0x81, 0x90}, {0x78, 0x00}},
                          [2] = {"encryption key", {0x81, 0x90}, {0x38, 0x10}},
                          [3] = {"free", FREE_SLOT},
                          [4] = {"free", FREE_SLOT},
                          COMMON_SLOTS},
                .checked_slots = SLOTS_10_TO_13 | 0x0003,
                .locked_slots = 0x0007,
                .needs_608 = true,
                .volatile_permission = PERMISSION,
            },
        /* slots that NervesKey has no use for become those of applications (doc/psa.md) */
        [NP_LAYOUT_APPLICATION] =
            {
                .name = "application",
                .mode = "regular",
                .slots = {[0] = {"device private key", KEY_SLOT},
                          [1] = {"free", FREE_SLOT},
                          [2] = {"application key", KEY_SLOT},
                          [3] = {"application key", KEY_SLOT},
                          [4] = {"application key", KEY_SLOT},
                          COMMON_SLOTS},
                .checked_slots = SLOTS_10_TO_13 | KEYS_OF_APPLICATIONS | 0x0001,
                .locked_slots = 0x0001,
            },
};

const np_layout *np_layout_by_name(const char *name)
{
    for (size_t i = 0; i < NP_COUNT_OF(np_layouts); i++) {
        if (strcmp(np_layouts[i].name, name) == 0) {
            return &np_layouts[i];
        }
    }
    return NULL;
}

/* Of several the one that asks for most: NervesKey's own test takes the others for its layout. */
const np_layout *np_layout_of(const uint8_t config[static NP_ATECC_CONFIG_SIZE])
{
    const np_layout *best = NULL;
    for (size_t i = 0; i < NP_COUNT_OF(np_layouts); i++) {
        const np_layout *layout = &np_layouts[i];
        if (np_layout_is_compatible(layout, config) &&
            (best == NULL || layout->checked_slots > best->checked_slots)) {
            best = layout;
        }
    }
    return best;
}

bool np_layout_slot_is_private(const np_layout *layout, unsigned slot)
{
    return (layout->slots[slot].key_config[0] & NP_KEY_PRIVATE) != 0;
}

bool np_layout_slot_is_secret(const np_layout *layout, unsigned slot)
{
    return layout->needs_608 &&
           (slot == NP_VOLATILE_ACTIVATION_SLOT || slot == NP_VOLATILE_ENCRYPTION_SLOT);
}

static void put_slots(const np_layout *layout, uint8_t *config)
{
    for (unsigned slot = 0; slot < NP_ATECC_SLOT_COUNT; slot++) {
        const np_nerveskey_slot *row = &layout->slots[slot];
        memcpy(config + NP_CONFIG_SLOT_CONFIG + 2 * slot, row->slot_config, 2);
        memcpy(config + NP_CONFIG_KEY_CONFIG + 2 * slot, row->key_config, 2);
    }
}

void np_layout_target_config(const np_layout *layout,
                             const uint8_t current[static NP_ATECC_CONFIG_SIZE],
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
    if (layout->needs_608) {
        memcpy(ret + USE_LOCK, factory + USE_LOCK, NP_ATECC_WORD_SIZE);
        ret[NP_CONFIG_VOLATILE_PERMISSION] = layout->volatile_permission;
    }
    memset(ret + NP_CONFIG_X509_FORMAT, 0, NP_CONFIG_KEY_CONFIG - NP_CONFIG_X509_FORMAT);
    put_slots(layout, ret);
}

void np_nerveskey_target_config(const uint8_t current[static NP_ATECC_CONFIG_SIZE],
                                np_atecc_model model, uint8_t address,
                                uint8_t ret[static NP_ATECC_CONFIG_SIZE])
{
    np_layout_target_config(&np_layouts[NP_LAYOUT_NERVESKEY], current, model, address, ret);
}

static bool slot_fits(const np_layout *layout, const uint8_t *config, unsigned slot)
{
    const np_nerveskey_slot *ours = &layout->slots[slot];
    return (layout->checked_slots >> slot & 1) == 0 ||
           (memcmp(config + NP_CONFIG_SLOT_CONFIG + 2 * slot, ours->slot_config, 2) == 0 &&
            memcmp(config + NP_CONFIG_KEY_CONFIG + 2 * slot, ours->key_config, 2) == 0);
}

bool np_layout_is_compatible(const np_layout *layout,
                             const uint8_t config[static NP_ATECC_CONFIG_SIZE])
{
    bool fits = config[NP_CONFIG_LOCK_CONFIG] == NP_ATECC_LOCKED &&
                config[NP_CONFIG_CHIP_MODE] == CHIP_MODE_PLAIN;
    for (unsigned slot = 0; slot < NP_ATECC_SLOT_COUNT; slot++) {
        fits = fits && slot_fits(layout, config, slot);
    }
    return fits && (!layout->needs_608 ||
                    (config[NP_CONFIG_VOLATILE_PERMISSION] & PERMISSION_ENABLED) != 0);
}

bool np_nerveskey_config_is_compatible(const uint8_t config[static NP_ATECC_CONFIG_SIZE])
{
    return np_layout_is_compatible(&np_layouts[NP_LAYOUT_NERVESKEY], config);
}

static bool slot_0_is(const np_nerveskey_slot *slot, const uint8_t *config)
{
    return memcmp(config + NP_CONFIG_SLOT_CONFIG, slot->slot_config, 2) == 0 &&
           memcmp(config + NP_CONFIG_KEY_CONFIG, slot->key_config, 2) == 0;
}

/* NervesKey looks at slot 0 alone; DEC: a KeyConfig that is neither layout's is unrecognized. */
const char *np_nerveskey_mode(const uint8_t config[static NP_ATECC_CONFIG_SIZE])
{
    if (config[NP_CONFIG_LOCK_VALUE] != NP_ATECC_LOCKED) {
        return "unprovisioned";
    }
    for (size_t i = 0; i < NP_COUNT_OF(np_layouts); i++) {
        if (slot_0_is(&np_layouts[i].slots[NP_NERVESKEY_KEY_SLOT], config)) {
            return np_layouts[i].mode;
        }
    }
    return "unrecognized";
}
