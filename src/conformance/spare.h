/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the room: the test configuration, and what each slot of it is for. The questions count on
 * the slots; spare.c has the bytes.
 */
#pragma once

#include "atecc/zones.h"

enum {
    SPARE_KEY = 0,                  /* private key: signs, and gives ECDH away */
    SPARE_STORING_KEY = 2,          /* private key whose ECDH secrets belong into slot 3 */
    SPARE_IO = 3,                   /* IO protection key of a 608 */
    SPARE_SECRET = 4,               /* opens authorisations, latch and encrypted writes */
    SPARE_COPIED = 5,               /* what CheckMac on slot 4 copies */
    SPARE_LIMITED = 6,              /* counts its uses */
    SPARE_RANDOM = 7,               /* wants a random TempKey */
    SPARE_OPEN = 8,                 /* clear to read and write: CountMatch, SecureBoot's store */
    SPARE_NO_MAC = 9,               /* sets NoMacFlag */
    SPARE_ROLLING = 10,             /* DeriveKey rolls it; written under slot 4 */
    SPARE_ENCRYPT_ONLY = 11,        /* EncryptRead without IsSecret */
    SPARE_FIXED = 12,               /* Write never changes it */
    SPARE_AES = 13,                 /* AES key that wants authorisation by slot 4 */
    SPARE_CHILD = 14,               /* public key that slot 15 can validate */
    SPARE_PARENT = 15,              /* public key; also SecureBoot's */
    SPARE_COUNT_LIMIT = 0x00100000, /* of CountMatch: a multiple of 32, out of reach */
    SPARE_X509_POSITION = 1,        /* of the child's X509format */
    SPARE_X509_LENGTH = 3,
    SPARE_SECRET_SIZE = 32,
};

/* The private key whose public half slot 15 holds: no secret, and good for nothing else. */
extern const uint8_t spare_parent_scalar[32];

/* The whole configuration that a part with this one shall have, at this 7-bit address. */
void spare_put_config(const uint8_t config[static NP_ATECC_CONFIG_SIZE], np_atecc_model model,
                      uint8_t address, uint8_t ret[static NP_ATECC_CONFIG_SIZE]);

/* All slots and the OTP zone as they are loaded; private slots are left out. */
void spare_put_data(uint8_t ret_data[static NP_ATECC_DATA_SIZE],
                    uint8_t ret_otp[static NP_ATECC_OTP_SIZE]);

/* What a slot that holds a secret is filled with: no secret either. */
void spare_put_secret(unsigned slot, uint8_t ret[static SPARE_SECRET_SIZE]);

/* Public keys of the two slots, X|Y: the double and the triple of the generator. */
extern const uint8_t spare_parent_key[64];
extern const uint8_t spare_child_key[64];

/* What a slot is, for people; NULL: nothing is asked of it. */
const char *spare_slot_words(unsigned slot);
