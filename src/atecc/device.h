/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver: typed commands to one chip on a bus. It wakes the chip when needed, polls from the
 * typical time, reads a damaged answer again, sends again what may be sent again, and lets the chip
 * sleep before its watchdog can fire. From wake to sleep it holds the bus against other processes.
 * Not thread-safe. Rule for callers: end with np_atecc_sleep. Recipe: specs of the chip 1.12.
 */
#pragma once

#include "atecc/bus.h"
#include "atecc/commands.h"
#include "atecc/packet.h"
#include "atecc/zones.h"

enum {
    NP_ATECC_ANSWER_MAX = 64,
    /* Below the shortest watchdog, 700 ms (specs of the chip 1.2): a session ends before it. */
    NP_ATECC_SESSION_US = 650000,
    /*
     * With the long watchdog, 10 s nominal. [inf] Its least is to that as the short one's 700 ms
     * are to 1.3 s.
     */
    NP_ATECC_LONG_SESSION_US = 5000000,
};

/* What the driver did, for benchmarks and reports. */
typedef struct np_atecc_counts {
    uint32_t commands; /* packets sent, repetitions included */
    uint32_t sessions; /* wakes that were answered */
    uint32_t rereads;
    uint32_t resends;
} np_atecc_counts;

typedef struct np_atecc {
    np_bus bus;
    uint8_t address; /* 7 bits */
    bool is_awake;
    bool is_holding;  /* the bus */
    bool was_reached; /* it has answered before: silence is trouble, not absence */
    uint64_t woke_ns;
    /*
     * The chip mode (configuration byte 19): as known when the chip woke, and as last read or
     * written, which a new mode waits for. 0 while nothing has been read. A clock divider makes the
     * driver as patient as the chip is slow; the long watchdog makes its sessions longer.
     */
    uint8_t chip_mode;
    uint8_t next_mode;
    np_atecc_counts counts;
    uint8_t last_answer[NP_ATECC_ANSWER_MAX]; /* to recognise an old answer read again */
    size_t last_answer_len;
} np_atecc;

void np_atecc_init(np_atecc *chip, np_bus bus, uint8_t address);

/*
 * Every function below wakes the chip if it sleeps. Errors of all of them:
 *   NP_ESTATION_NACK     nothing answers at the address
 *   NP_ESTATION_TIMEOUT  the chip stopped answering; for commands that must not be repeated the
 *                        outcome is then unknown and the caller asks the chip
 *   NP_EDEVICE_ANSWER    answers stay damaged after repetition
 *   NP_EDEVICE_STATUS    the chip refused; the sub-code is its status byte
 *   NP_ESTATION_BUSY     another process holds the bus
 *   what the bus itself reports (NP_ESTATION_IO)
 */

/* Ends the session; TempKey is gone. Does nothing when the chip sleeps already. */
NP_MUST_USE np_code np_atecc_sleep(np_atecc *chip, np_error *err);

/* Is there a chip at this address? Wakes it if so; without patience. */
NP_MUST_USE np_code np_atecc_detect(np_atecc *chip, bool *ret_is_there, np_error *err);

/*
 * Whole words; 32-byte blocks where the range covers one, words otherwise. A slot is read from its
 * first byte on.
 */
NP_MUST_USE np_code np_atecc_read_config(np_atecc *chip, size_t offset, size_t len, uint8_t *ret,
                                         np_error *err);
NP_MUST_USE np_code np_atecc_read_otp(np_atecc *chip, size_t offset, size_t len, uint8_t *ret,
                                      np_error *err);
NP_MUST_USE np_code np_atecc_read_slot(np_atecc *chip, unsigned slot, size_t len, uint8_t *ret,
                                       np_error *err);

/* One Write command: 4 or 32 bytes at an address of np_atecc_zone_address or _slot_address. */
NP_MUST_USE np_code np_atecc_write(np_atecc *chip, uint8_t zone, uint16_t address, np_bytes data,
                                   np_error *err);

NP_MUST_USE np_code np_atecc_random(np_atecc *chip, uint8_t ret[static 32], np_error *err);

/* True for the pattern FF FF 00 00 that a chip answers before its configuration is locked. */
bool np_atecc_is_factory_pattern(const uint8_t random[static 32]);

/* GenKey. Creation is never repeated by the driver: any failure leaves the outcome open. */
NP_MUST_USE np_code np_atecc_genkey_create(np_atecc *chip, unsigned slot, uint8_t ret[static 64],
                                           np_error *err);
NP_MUST_USE np_code np_atecc_genkey_public(np_atecc *chip, unsigned slot, uint8_t ret[static 64],
                                           np_error *err);

/*
 * Locks with the CRC of the expected contents, or a slot (which has none). Never repeated by the
 * driver when the answer is lost: the outcome is then open and the caller reads the lock bytes.
 */
NP_MUST_USE np_code np_atecc_lock_zone(np_atecc *chip, uint8_t zone, uint16_t crc, np_error *err);
NP_MUST_USE np_code np_atecc_lock_slot(np_atecc *chip, unsigned slot, np_error *err);

/* Nonce and Sign in one session, through TempKey, which 508A and 608 share. */
NP_MUST_USE np_code np_atecc_sign(np_atecc *chip, unsigned slot, const uint8_t digest[static 32],
                                  uint8_t ret_signature[static 64], np_error *err);

/*
 * Nonce and Verify (external) in one session: is the signature of the digest by this public key?
 * The answer is an outcome. A point off the curve is NP_EDEVICE_STATUS.
 */
NP_MUST_USE np_code np_atecc_verify(np_atecc *chip, const uint8_t public_key[static 64],
                                    const uint8_t digest[static 32],
                                    const uint8_t signature[static 64], bool *ret_is_good,
                                    np_error *err);

/*
 * ECDH in the form that 508A and 608 share: the X coordinate, for a slot whose ReadKey has bit 2
 * set and bit 3 clear (specs of the chip 2.7).
 */
NP_MUST_USE np_code np_atecc_agree(np_atecc *chip, unsigned slot, const uint8_t peer[static 64],
                                   uint8_t ret_secret[static 32], np_error *err);
