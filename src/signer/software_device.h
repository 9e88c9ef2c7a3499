/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device without a chip: its key is a file. Its certificate is of the same template as a chip's,
 * with a chip serial that is drawn by lot (specs of NervesKey 3.4).
 */
#pragma once

#include "atecc/model.h"
#include "crypto/random.h"
#include "signer/signer.h"

typedef struct np_software_device {
    np_p256_key *key; /* owned: np_software_device_clear */
    np_chip_serial chip_serial;
    np_issued certificate;
} np_software_device;

/* Wipes and releases; for NP_CLEANUP too. */
void np_software_device_clear(np_software_device *device);

enum { NP_SOFTWARE_DEVICE_YEARS = 31 };

/*
 * A new key and its certificate, issued at this moment for 31 years. The common name is taken as
 * it is: the caller has checked it. NP_EINPUT_TIME when the signer may not sign at this moment or
 * the date cannot be stored, NP_EINPUT_KEY when the signer has no key.
 */
NP_MUST_USE np_code np_software_device_create(const np_signer *signer, np_bytes common_name,
                                              int64_t now, np_random random,
                                              np_software_device *ret, np_error *err);
