/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NervesKey's layout: what each slot is for and what the configuration zone says about it (specs of
 * NervesKey 2.1, 2.2). One table, read by the plan, the checks and the documentation. Pure.
 */
#pragma once

#include "atecc/zones.h"

enum {
    NP_NERVESKEY_KEY_SLOT = 0,
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

extern const np_nerveskey_slot np_nerveskey_slots[NP_ATECC_SLOT_COUNT];

/*
 * The configuration that provisioning leaves before its locks: the layout's fields set, bytes that
 * an interrupted write may have erased (16, 17, 52-63) repaired, everything else as read. The
 * address is the 7-bit one that the chip shall keep.
 */
void np_nerveskey_target_config(const uint8_t current[static NP_ATECC_CONFIG_SIZE],
                                np_atecc_model model, uint8_t address,
                                uint8_t ret[static NP_ATECC_CONFIG_SIZE]);

/* NervesKey's own test of a locked chip: lock, ChipMode, and slots 0 and 10 to 13. */
bool np_nerveskey_config_is_compatible(const uint8_t config[static NP_ATECC_CONFIG_SIZE]);
