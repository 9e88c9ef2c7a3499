/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NervesKey's layout: what each slot is for and what the configuration zone says about it (specs of
 * NervesKey 2.1, 2.2, 10). One table, read by the plan, the checks and the documentation. Pure.
 */
#pragma once

#include "atecc/zones.h"
#include <nameplate/nerveskey.h>

enum {
    NP_NERVESKEY_KEY_SLOT = 0,
    NP_VOLATILE_ACTIVATION_SLOT = 1,
    NP_VOLATILE_ENCRYPTION_SLOT = 2,
    NP_NERVESKEY_DEVICE_CERTIFICATE_SLOT = 10,
    NP_NERVESKEY_SIGNER_KEY_SLOT = 11, /* 64 raw bytes X|Y, then zeros: not the chip's own form */
    NP_NERVESKEY_SIGNER_CERTIFICATE_SLOT = 12,
    NP_NERVESKEY_AUX_DEVICE_CERTIFICATE_SLOT = 9, /* all zero: there is no auxiliary pair */
    NP_NERVESKEY_AUX_SIGNER_KEY_SLOT = 14,        /* 64 raw bytes; what is behind them stays */
    NP_NERVESKEY_AUX_SIGNER_CERTIFICATE_SLOT = 15,
};

typedef struct np_nerveskey_slot {
    const char *purpose;
    uint8_t slot_config[2]; /* as stored */
    uint8_t key_config[2];
} np_nerveskey_slot;

/*
 * A layout: NervesKey's, its variant whose key works only after an authorisation that lasts until
 * power fails (specs of NervesKey 10), and the one with more private keys (specs of PSA 3).
 */
typedef struct np_layout {
    const char *name; /* "nerveskey", as on the command line */
    const char *mode; /* NervesKey's own word for a chip that has it: "regular" */
    np_nerveskey_slot slots[NP_ATECC_SLOT_COUNT];
    uint16_t checked_slots; /* bits: what NervesKey's test of a locked chip compares */
    uint16_t locked_slots;  /* bits: slots with a lock of their own, slot 0 first */
    bool needs_608;         /* has the activation key in slot 1, the encryption key in slot 2 */
    uint8_t volatile_permission; /* configuration byte 69 when needs_608 */
} np_layout;

extern const np_layout np_layouts[NP_LAYOUT_COUNT];

/* NULL when there is none of that name. */
const np_layout *np_layout_by_name(const char *name);

/* The layout that a locked configuration is compatible with; NULL: none. */
const np_layout *np_layout_of(const uint8_t config[static NP_ATECC_CONFIG_SIZE]);

/* For a private key: nobody writes it, and no lock's CRC covers it. */
bool np_layout_slot_is_private(const np_layout *layout, unsigned slot);

/* Do its slots 1 and 2 hold keys that nobody may see? */
bool np_layout_slot_is_secret(const np_layout *layout, unsigned slot);

/*
 * The configuration that provisioning leaves before its locks: the layout's fields set, bytes that
 * an interrupted write may have erased (16, 17, 52-63) repaired, everything else as read. The
 * address is the 7-bit one that the chip shall keep.
 */
void np_layout_target_config(const np_layout *layout,
                             const uint8_t current[static NP_ATECC_CONFIG_SIZE],
                             np_atecc_model model, uint8_t address,
                             uint8_t ret[static NP_ATECC_CONFIG_SIZE]);

/* The same for NervesKey's regular layout. */
void np_nerveskey_target_config(const uint8_t current[static NP_ATECC_CONFIG_SIZE],
                                np_atecc_model model, uint8_t address,
                                uint8_t ret[static NP_ATECC_CONFIG_SIZE]);

/*
 * NervesKey's own test of a locked chip: lock, ChipMode, and slots 0 and 10 to 13; in the variant
 * slot 1 as well, and that configuration byte 69 enables the latch.
 */
bool np_layout_is_compatible(const np_layout *layout,
                             const uint8_t config[static NP_ATECC_CONFIG_SIZE]);
bool np_nerveskey_config_is_compatible(const uint8_t config[static NP_ATECC_CONFIG_SIZE]);

/* NervesKey's word for how far and in which layout a chip is: "unprovisioned", a layout's mode, or
 * "unrecognized" (specs of NervesKey 3.1). */
const char *np_nerveskey_mode(const uint8_t config[static NP_ATECC_CONFIG_SIZE]);
