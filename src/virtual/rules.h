/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the configuration says: small pure questions that the commands ask (specs of the chip 2.2,
 * 3.4), and the spans that Read and Write address (3.3).
 */
#pragma once

#include "virtual/state.h"

static inline const uint8_t *chip_config(const np_virtual_chip *chip)
{
    return chip->eeprom + NP_EEPROM_CONFIG;
}

static inline bool chip_is_608(const np_virtual_chip *chip)
{
    return chip->options.model != NP_ATECC508A;
}

/* 0: anything but 55 counts as locked, a torn byte too. */
bool chip_is_config_locked(const np_virtual_chip *chip);
bool chip_is_data_locked(const np_virtual_chip *chip);

uint16_t chip_slot_config(const np_virtual_chip *chip, unsigned slot);
uint16_t chip_key_config(const np_virtual_chip *chip, unsigned slot);
bool chip_key_has(const np_virtual_chip *chip, unsigned slot, unsigned bits);
bool chip_slot_has(const np_virtual_chip *chip, unsigned slot, unsigned bits);

/* SlotLocked bit 0: never changes again. */
bool chip_is_slot_locked(const np_virtual_chip *chip, unsigned slot);

/* Private, P-256, IsSecret: what GenKey and Sign ask for (2.2 slot type checks). */
bool chip_is_signing_slot(const np_virtual_chip *chip, unsigned slot);

/* Slots 8 to 15, P-256, not private: room for a stored public key. */
bool chip_is_public_slot(const np_virtual_chip *chip, unsigned slot);

/* Its validity nibble is 5 (4.14). */
bool chip_is_validated(const np_virtual_chip *chip, unsigned slot);

/*
 * ReqAuth (2.2): satisfied, not asked for, or not enforced yet. Any use of a ReqAuth key ends the
 * authorisation.
 */
bool chip_take_authorisation(np_virtual_chip *chip, unsigned slot);

/* Persistent (608) or intrusion (508A) latch disables the key. */
bool chip_is_disabled(const np_virtual_chip *chip, unsigned slot);

/*
 * Everything that using a slot as a secret asks for but the lock of the configuration: not private,
 * not disabled, authorised, not used up; it counts the use. The first two want ReqRandom satisfied
 * as well; the second counts nothing.
 */
NP_MUST_USE bool chip_take_key(np_virtual_chip *chip, unsigned slot, bool has_temp_key);
NP_MUST_USE bool chip_take_uncounted(np_virtual_chip *chip, unsigned slot, bool has_temp_key);
NP_MUST_USE bool chip_take_secret(np_virtual_chip *chip, unsigned slot);

/* A public slot whose key may be believed: validated, or never in need of it. */
bool chip_is_trusted_public(const np_virtual_chip *chip, unsigned slot);

/* CheckMac or Verify vouched for this slot. */
void chip_authorise(np_virtual_chip *chip, unsigned slot);

/* WriteKey of SlotConfig: the parent of DeriveKey, the key of encrypted writes. */
unsigned chip_write_key(const np_virtual_chip *chip, unsigned slot);

/* TempKey came from GenDig over this slot. */
bool chip_has_gendig_of(const np_virtual_chip *chip, unsigned slot);

/* TempKey can be used, and P1 bit 2 says what its SourceFlag says. */
bool chip_matches_source(const np_virtual_chip *chip, uint8_t p1);

/* Replaces TempKey, 32 or 64 bytes; all other flags 0. */
void chip_set_temp_key(np_virtual_chip *chip, np_bytes value, bool is_input_only);

/* TempKey can be a message: valid, and not an ephemeral private key. */
bool chip_has_message(const np_virtual_chip *chip);

/* KeyID to slot by its low bits; false for the transport keys. */
NP_MUST_USE bool chip_mask_key_id(const np_virtual_chip *chip, uint16_t key_id, unsigned *ret_slot);

/* KeyID to slot for the commands that take nothing above 15 (2.2). */
np_atecc_status chip_parse_key_id(const np_virtual_chip *chip, uint16_t key_id, unsigned *ret_slot);

/* Where a slot begins in the EEPROM image. */
size_t chip_slot_at(unsigned slot);
const uint8_t *chip_slot_bytes(const np_virtual_chip *chip, unsigned slot);

/* A stored public key without its pads, X|Y. */
void chip_stored_point(const np_virtual_chip *chip, unsigned slot,
                       uint8_t ret[static NP_P256_POINT_SIZE]);

/* Stores when the command ends; a public key that needs validation loses it. At most 32 bytes. */
void chip_store_in_slot(np_virtual_chip *chip, unsigned slot, size_t offset, np_bytes bytes);

/* Counter 0 or 1; false at its end. The new value counts at once. */
uint32_t chip_counter(const np_virtual_chip *chip, unsigned which);
NP_MUST_USE bool chip_increment(np_virtual_chip *chip, unsigned which);

/* 608: byte 13; ChipOptions (0 on a 508A); the IO protection key, NULL when it is not enabled. */
bool chip_has_aes(const np_virtual_chip *chip);
uint16_t chip_options(const np_virtual_chip *chip);
const uint8_t *chip_io_key(const np_virtual_chip *chip);

/* Answers 32 or 64 bytes under the IO protection key, and the nonce. */
np_atecc_status chip_answer_encrypted(np_virtual_chip *chip, np_bytes plain, chip_answer *answer);

/* 608: does power come with a self test; and what still runs when a test has failed. */
bool chip_tests_at_power_on(const np_virtual_chip *chip);
bool chip_is_open_after_failure(const np_atecc_command *command);

/* Counts one use of a LimitedUse key; false at its limit (2.2). */
NP_MUST_USE bool chip_count_use(np_virtual_chip *chip, unsigned slot);

/* P1 and P2 of Read and Write. */
typedef struct chip_span {
    uint8_t zone;
    unsigned slot; /* data zone only */
    size_t offset; /* in the EEPROM image */
    size_t size;   /* 4 or 32 */
    size_t stored; /* less than size at the end of a slot */
} chip_span;

/* False when the address is beyond the zone or uses bits that have no meaning. */
bool chip_find_span(uint8_t p1, uint16_t p2, chip_span *ret);

/* Hash input "opcode and so on | SN[8] | SN[0:1]" and friends: serial bytes in their order. */
np_chip_serial chip_serial(const np_virtual_chip *chip);
