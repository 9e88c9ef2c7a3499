/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the virtual chip: its whole state, and what its files offer to each other. Sections quoted
 * are those of the chip's specification; every choice that no data sheet settles is a constant of
 * virtual/readings.h.
 */
#pragma once

#include "base/wipe.h"
#include "crypto/hash.h"
#include "virtual/chip.h"
#include "virtual/readings.h"

enum {
    CHIP_NS_PER_US = 1000,
    CHIP_US_PER_MS = 1000,
    CHIP_WAKE_MIN_US = 60,             /* 1.2 tWLO: what the data sheet guarantees to wake */
    CHIP_WAKE_DELAY_US = 1500,         /* 1.2 tWHI: SDA high before the part answers */
    CHIP_WAKE_DELAY_TESTED_US = 20000, /* 1.2 tWHIST: with a self test at power on */
    CHIP_MODE_EXTRA_ADDRESS = 0x01,    /* 608: byte 85 replaces byte 16 unless it is 0 */
    CHIP_NOTHING = 0xff,               /* 1.6: what is read past the end of the output */
    CHIP_CHANGES_MAX = 4, /* 64 bytes in two, each of which may spoil a public key's validity */
    CHIP_COUNTER_COUNT = 2,
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
    bool has_public; /* 508A: a digest by SHA over a stored public key, and where it stood */
    uint8_t public_slot;
    uint8_t public_block;
    uint8_t blocks;
} chip_temp_key;

/* P1 of MAC, HMAC, CheckMac and DeriveKey. */
enum {
    CHIP_MODE_BLOCK_2_TEMP_KEY = 0x01,
    CHIP_MODE_BLOCK_1_TEMP_KEY = 0x02,
    CHIP_MODE_SOURCE = 0x04, /* must be TempKey's SourceFlag */
};

/* A hash that is being fed. On a 508A it lives in TempKey, which is then not valid. */
typedef enum chip_sha_kind { CHIP_SHA_NONE, CHIP_SHA_HASH, CHIP_SHA_HMAC } chip_sha_kind;

typedef struct chip_sha {
    chip_sha_kind kind;
    np_sha256_stream run;
    uint8_t key[32]; /* of an HMAC */
    bool has_public;
    uint8_t public_slot;
    uint8_t public_block;
} chip_sha;

/* What sleep, watchdog and power loss take away, and idle keeps (1.8). */
typedef struct chip_volatile {
    chip_temp_key temp_key;
    uint8_t digest_buffer[64]; /* 608 */
    size_t digest_len;         /* 0: empty */
    uint8_t alternate_key[32]; /* 608 */
    bool has_alternate_key;
    bool is_authorised; /* AuthValid */
    uint8_t authorising_slot;
    bool may_set_latch; /* 608: CheckMac on the slot of byte 69 went well */
    chip_sha sha;
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
    uint8_t address;      /* 7 bits; taken from the EEPROM at each wake */
    uint8_t divider_mode; /* the chip mode of that wake */
    uint64_t ready_ns;
    uint64_t watchdog_ns; /* when it forces sleep */
    bool is_busy;
    uint64_t busy_until_ns;
    uint64_t busy_total_ns;
    uint64_t wakes;
    uint64_t commands[UINT8_MAX + 1]; /* by opcode */
    size_t input_len;
    size_t output_len;
    size_t output_at;
    chip_volatile kept;
    bool latch;              /* 608 persistent latch: only power loss clears it */
    bool is_secure_boot_off; /* 608: until power is lost */
    bool has_woken;          /* since power came */
    uint8_t failed_tests;    /* 608: the failure register; a bit a test, as in SelfTest */
    uint8_t broken_tests;    /* those that would fail if they ran (a fault) */
    bool has_bad_random;     /* 608: random numbers failed, and do until that is cleared (1.5) */
    uint64_t generation;
    size_t change_count;
    chip_change changes[CHIP_CHANGES_MAX];
    np_p256_key *created; /* what GenKey is writing, until it is written */
    unsigned created_slot;
    np_p256_key *keys[NP_ATECC_SLOT_COUNT]; /* as the EEPROM has them; made when first used */
    uint8_t input[NP_ATECC_GROUP_MAX];
    uint8_t output[NP_ATECC_GROUP_MAX];
    uint16_t readings[READING_COUNT]; /* as virtual/readings.h has them, unless a test says else */
    uint8_t eeprom[NP_EEPROM_SIZE];
};

static inline unsigned chip_reading(const np_virtual_chip *chip, np_reading_id id)
{
    return chip->readings[id];
}

/* Of a reading that is a status. */
static inline np_atecc_status chip_status(const np_virtual_chip *chip, np_reading_id id)
{
    return (np_atecc_status)chip->readings[id];
}

/* What a command answers: data, or a status alone when it leaves len at 0. */
typedef struct chip_answer {
    uint8_t *data; /* room for NP_ATECC_RESPONSE_DATA_MAX */
    size_t len;
    bool has_used_temp_key; /* 608: using it clears it */
    bool has_set_temp_key;  /* by a command that else clears it */
    bool goes_idle;         /* 508A Pause: nothing is answered */
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
chip_handler chip_run_aes;
chip_handler chip_run_check_mac;
chip_handler chip_run_counter;
chip_handler chip_run_derive_key;
chip_handler chip_run_ecdh;
chip_handler chip_run_gendig;
chip_handler chip_run_hmac;
chip_handler chip_run_kdf;
chip_handler chip_run_mac;
chip_handler chip_run_pause;
chip_handler chip_run_priv_write;
chip_handler chip_run_secure_boot;
chip_handler chip_run_self_test;
chip_handler chip_run_sha;

/* chip.c */
void chip_fall_asleep(np_virtual_chip *chip);
void chip_go_idle(np_virtual_chip *chip);
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

/*
 * nonce.c: random numbers, or the pattern FF FF 00 00 before the configuration is locked. A 608
 * whose numbers failed once has none until that is cleared.
 */
NP_MUST_USE bool chip_draw(np_virtual_chip *chip, uint8_t ret[static 32]);

/* What a command answers when there was none to draw; a 608 may be told that this clears it. */
np_atecc_status chip_draw_failure(np_virtual_chip *chip);

/* genkey.c: the private key in a slot, NULL when there is none. Owned by the chip. */
np_p256_key *chip_slot_key(np_virtual_chip *chip, unsigned slot);
