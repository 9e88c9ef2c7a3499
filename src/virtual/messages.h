/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The messages that commands hash (specs of the chip 4): every field list exists once, here. All
 * are SHA-256 but the input of HMAC.
 */
#pragma once

#include "crypto/hash.h"
#include "virtual/rules.h"

/*
 * GenDig, DeriveKey, the digest of GenKey, and the MACs of Write, PrivWrite and DeriveKey:
 * head | origin | SN[8] | SN[0:1] | middle | tail.
 */
typedef struct chip_message {
    np_bytes head;
    uint8_t origin[4]; /* opcode, P1, P2 */
    np_bytes middle;
    np_bytes tail;
} chip_message;

void chip_put_origin(const np_atecc_command *command, uint8_t ret[static 4]);
void chip_hash_message(const np_virtual_chip *chip, const chip_message *message,
                       uint8_t ret[static NP_SHA256_SIZE]);

/* The zeros in the middle of most messages. */
np_bytes chip_25_zeros(void);

/* TempKey's first 32 bytes. */
static inline np_bytes chip_temp_key_bytes(const np_virtual_chip *chip)
{
    return np_bytes_of(chip->kept.temp_key.value, 32);
}

/* MAC, CheckMac and HMAC differ in who says these 13 bytes: the chip, or the other side. */
enum { CHIP_OTHER_DATA_SIZE = 13, CHIP_MAC_MESSAGE_SIZE = 88 };

/* Opcode, P1, P2, three zeros, and the serial's SN[4:7] and SN[2:3] when P1 bit 6 asks for them. */
void chip_put_other_data(const np_virtual_chip *chip, const np_atecc_command *command,
                         uint8_t ret[static CHIP_OTHER_DATA_SIZE]);

/* block | block | Other[0:3] | 8 zeros | Other[4:6] | SN[8] | Other[7:10] | SN[0:1] | Other[11:12]
 */
void chip_put_mac_message(const np_virtual_chip *chip, const uint8_t *const blocks[static 2],
                          const uint8_t other[static CHIP_OTHER_DATA_SIZE],
                          uint8_t ret[static CHIP_MAC_MESSAGE_SIZE]);

/* Sign(internal) and Verify(validate): TempKey | 41 | the 19 bytes with the serial between them. */
enum { CHIP_SLOT_DATA_SIZE = 19 };

void chip_hash_slot_data(const np_virtual_chip *chip,
                         const uint8_t other[static CHIP_SLOT_DATA_SIZE],
                         uint8_t ret[static NP_SHA256_SIZE]);

/* NoMac<7> GenKey<6> GenDig<5> Source<4> KeyID<3:0>: Info and Sign(internal) show it. */
uint8_t chip_temp_key_flags(const np_virtual_chip *chip);

/* Whether two secrets of 32 bytes are equal, in time that does not tell where they differ. */
bool chip_are_equal(const uint8_t *a, const uint8_t *b);
