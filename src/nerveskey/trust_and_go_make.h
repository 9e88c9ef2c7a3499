/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Microchip's factory does, for virtual Trust&GO parts: keys, certificates, configuration and
 * locks. The certificates end at a throw-away root whose private key is in this source. Pure; needs
 * libcrypto.
 */
#pragma once

#include "crypto/random.h"
#include "nerveskey/trust_and_go.h"

/* The three zones; data holds private keys: wipe it. */
typedef struct np_trust_and_go_part {
    uint8_t config[NP_ATECC_CONFIG_SIZE];
    uint8_t otp[NP_ATECC_OTP_SIZE];
    uint8_t data[NP_ATECC_DATA_SIZE];
} np_trust_and_go_part;

/* For NP_CLEANUP. */
void np_trust_and_go_part_clear(np_trust_and_go_part *part);

/*
 * A part with this serial, delivered now; keys, EUI-48 (a locally administered one) and the
 * signer's number are drawn. NP_EINPUT_TIME when dates of this time cannot be stored.
 */
NP_MUST_USE np_code np_trust_and_go_make(const np_chip_serial *serial, int64_t now,
                                         np_random random, np_trust_and_go_part *ret,
                                         np_error *err);

/* The certificate of the root, signed anew by each call. */
NP_MUST_USE np_code np_trust_and_go_make_root(np_issued *ret, np_error *err);
