/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trust&GO: parts that Microchip delivers with key, certificates and locks (ATECC608B-TNGTLS; specs
 * of NervesKey 6). How to recognise one and what its zones hold; reading only. No heap, no
 * libcrypto: which root signed, nerveskey/trust.h finds out.
 */
#pragma once

#include "nerveskey/identity.h"

enum {
    NP_TRUST_AND_GO_ADDRESS = 0x35, /* 7 bits; configuration byte 16 = 0x6a */
    NP_TRUST_AND_GO_EUI48_SLOT = 5,
    NP_TRUST_AND_GO_CODE_SIZE = 8,
    NP_ATECC_STORED_KEY_SIZE =
        72, /* 00 x 4 | X | 00 x 4 | Y, the chip's own form of a public key */
};

/* Public key of Microchip's "Crypto Authentication Root CA 002". */
extern const uint8_t np_trust_and_go_root[64];

/* Public key of the root of virtual parts. Everybody has its private key: it proves nothing. */
extern const uint8_t np_trust_and_go_virtual_root[64];

/* The code in the first OTP bytes of new parts. */
extern const char np_trust_and_go_code[NP_TRUST_AND_GO_CODE_SIZE + 1];

/* Is this one of the codes that such parts carry? */
bool np_trust_and_go_has_code(const uint8_t otp[static NP_TRUST_AND_GO_CODE_SIZE]);

/* What is published of the configuration: lock, ChipMode, and the slots with a known purpose. */
bool np_trust_and_go_has_config(const uint8_t config[static NP_ATECC_CONFIG_SIZE]);

/*
 * Sets what np_trust_and_go_has_config looks at, and what all Trust parts share (specs of the chip
 * 3.9): locked, address 0x35, no use counted. Serial, revision and bytes 13 to 15 stay.
 */
void np_trust_and_go_put_config(uint8_t config[static NP_ATECC_CONFIG_SIZE]);

/* False when one of the eight bytes between is not zero. */
bool np_stored_key_decode(const uint8_t stored[static NP_ATECC_STORED_KEY_SIZE],
                          uint8_t ret[static 64]);
void np_stored_key_encode(const uint8_t key[static 64],
                          uint8_t ret[static NP_ATECC_STORED_KEY_SIZE]);

/* The serial of such a part: the chip serial in 18 upper-case hex digits. */
np_manufacturer_serial np_trust_and_go_serial(const np_chip_serial *chip);

/* The two halves of np_identity_read for these parts: what is stored, and both certificates. */
NP_MUST_USE np_code trust_and_go_read(np_atecc *chip, np_identity *identity, np_error *err);
NP_MUST_USE np_code trust_and_go_rebuild(np_identity *identity, np_error *err);
