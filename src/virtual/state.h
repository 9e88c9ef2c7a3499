/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the virtual chip: its whole state, and what its files offer to each other. Sections quoted
 * are those of the chip's specification; every choice that no data sheet settles is a constant with
 * its reason here or beside the code that uses it.
 */
#pragma once

#include "base/wipe.h"
#include "virtual/chip.h"

enum {
    CHIP_NS_PER_US = 1000,
    CHIP_WAKE_MIN_US = 60,     /* 1.2 tWLO: what the data sheet guarantees to wake */
    CHIP_WAKE_DELAY_US = 1500, /* 1.2 tWHI: SDA high before the part answers */
    /* 1.2 tWATCHDOG: from each wake. Typical is used; the span tells how parts differ. */
    CHIP_WATCHDOG_MIN_US = 700000,
    CHIP_WATCHDOG_TYPICAL_US = 1300000,
    CHIP_WATCHDOG_MAX_US = 1700000,
    CHIP_WATCHDOG_LONG_US = 10000000, /* ChipMode bit 2: 10 s nominal */
    CHIP_MODE_LONG_WATCHDOG = 0x04,
    CHIP_MODE_EXTRA_ADDRESS = 0x01, /* 608: byte 85 replaces byte 16 unless it is 0 */
    /* DEC: a refusal comes faster than success (5: "mostly before the typical time"): as Info. */
    CHIP_REFUSAL_TYPICAL_US = 100,
    CHIP_REFUSAL_MAX_US = 1000,
    CHIP_NOTHING = 0xff, /* 1.6: what is read past the end of the output */
    CHIP_CHANGES_MAX = 2,
    CHIP_CHANGE_SIZE = NP_ATECC_KEY_SIZE, /* the longest: GenKey writes a key area */
};

typedef enum chip_state { CHIP_OFF, CHIP_ASLEEP, CHIP_IDLE, CHIP_AWAKE } chip_state;

/* TempKey and its flags (2.2). */
typedef struct chip_temp_key {
    uint8_t value[64]; /* the upper half exists on a 608 only */
    bool is_valid;
    bool is_upper_valid;
    bool is_input_only; /* SourceFlag 1: no random number took part */
    bool is_gendig;
    bool is_genkey;
    bool is_no_mac;
    bool is_private; /* 608: an ephemeral private key by GenKey FFFF; for ECDH only */
    uint8_t key_id;
} chip_temp_key;

/* What sleep, watchdog and power loss take away, and idle keeps (1.8). */
typedef struct chip_volatile {
    chip_temp_key temp_key;
    uint8_t digest_buffer[64]; /* 608 */
    size_t digest_len;         /* 0: empty */
    uint8_t alternate_key[32]; /* 608 */
    bool has_alternate_key;
    bool is_authorised; /* AuthValid */
    uint8_t authorising_slot;
} chip_volatile;

/* Bytes that the running command changes when it completes. */
typedef struct chip_change {
    uint16_t offset;
    uint8_t len;
    uint8_t bytes[CHIP_CHANGE_SIZE];
} chip_change;

struct np_virtual_chip {
    np_virtual_chip_options options;
    chip_state state;
    uint8_t address; /* 7 bits; taken from the EEPROM at each wake */
    uint64_t ready_ns;
    uint64_t watchdog_ns; /* when it forces sleep */
    bool is_busy;
    uint64_t busy_until_ns;
    uint64_t busy_total_ns;
    size_t input_len;
    size_t output_len;
    size_t output_at;
    chip_volatile kept;
    bool latch; /* 608 persistent latch: only power loss clears it */
    uint64_t generation;
    size_t change_count;
    chip_change changes[CHIP_CHANGES_MAX];
    np_p256_key *created; /* what GenKey is writing, until it is written */
    unsigned created_slot;
    np_p256_key *keys[NP_ATECC_SLOT_COUNT]; /* as the EEPROM has them; made when first used */
    uint8_t input[NP_ATECC_GROUP_MAX];
    uint8_t output[NP_ATECC_GROUP_MAX];
    uint8_t eeprom[NP_EEPROM_SIZE];
};

/* What a command answers: data, or a status alone when it leaves len at 0. */
typedef struct chip_answer {
    uint8_t *data; /* room for NP_ATECC_RESPONSE_DATA_MAX */
    size_t len;
    bool has_used_temp_key; /* 608: using it clears it */
} chip_answer;

typedef np_atecc_status chip_handler(np_virtual_chip *chip, const np_atecc_command *command,
                                     chip_answer *answer);

chip_handler chip_run_info;
chip_handler chip_run_read;
chip_handler chip_run_write;
chip_handler chip_run_lock;
chip_handler chip_run_random;
chip_handler chip_run_nonce;
chip_handler chip_run_genkey;
chip_handler chip_run_sign;
chip_handler chip_run_verify;
chip_handler chip_run_update_extra;

/* chip.c */
void chip_fall_asleep(np_virtual_chip *chip);
void chip_wake_up(np_virtual_chip *chip, uint64_t at_ns);
void chip_advance(np_virtual_chip *chip, uint64_t now_ns);

/* command.c: runs the group in the input buffer; its answer is ready when its time has passed. */
void chip_execute(np_virtual_chip *chip, uint64_t stop_ns);

/* eeprom.c */
void chip_change_later(np_virtual_chip *chip, size_t offset, np_bytes bytes);
void chip_change_now(np_virtual_chip *chip, size_t offset, np_bytes bytes);
void chip_apply_changes(np_virtual_chip *chip);
void chip_drop_changes(np_virtual_chip *chip);
void chip_tear_changes(np_virtual_chip *chip, uint64_t seed);
void chip_forget_keys(np_virtual_chip *chip);

/* nonce.c: random numbers, or the pattern FF FF 00 00 before the configuration is locked. */
NP_MUST_USE bool chip_draw(np_virtual_chip *chip, uint8_t ret[static 32]);

/* genkey.c: the private key in a slot, NULL when there is none. Owned by the chip. */
np_p256_key *chip_slot_key(np_virtual_chip *chip, unsigned slot);
