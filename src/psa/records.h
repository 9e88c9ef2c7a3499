/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands in PSA's storage, byte for byte as Mbed TLS writes it (specs of PSA 8): the file of a
 * key, the core's transaction, the driver's data; and the driver's own journal. Pure codecs; each
 * decoder refuses what it did not expect.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include <nameplate/psa.h>

/* uids. A key's is its id. */
#define PSA_UID_TRANSACTION UINT64_C(0xffffff74)
#define PSA_UID_DRIVER      UINT64_C(0xfffffe01)         /* 0xfffffe00 and the location */
#define PSA_UID_JOURNAL     UINT64_C(0x4e50505341000001) /* "NPPSA": no key, not the core's */

enum {
    PSA_KEY_ID_MAX = 0x3fffffff, /* of applications */
    PSA_SLOTS = 16,
    PSA_KEY_SIZE = 44,
    PSA_TRANSACTION_SIZE = 24,
    PSA_JOURNAL_SIZE = 88,
    PSA_ITS_HEADER_SIZE = 16,
    PSA_RECORD_MAX = 128, /* of all that is read here */
};

/* A key of the secure element: its attributes, and the slot where it is. */
typedef struct psa_key {
    np_psa_request attributes; /* without a method; the id is not in the bytes */
    uint64_t slot;
} psa_key;

void psa_key_encode(const psa_key *key, uint8_t ret[static PSA_KEY_SIZE]);

/*
 * NP_EINPUT_FORMAT, with what is wrong. A key of another location is good as well: *ret_is_here is
 * false then, and the slot 0.
 */
NP_MUST_USE np_code psa_key_decode(np_bytes bytes, psa_key *ret, bool *ret_is_here, np_error *err);

/* The header that Mbed TLS's files have before their contents. */
void psa_its_header_encode(size_t len, uint8_t ret[static PSA_ITS_HEADER_SIZE]);

/* From a whole file to its contents. NP_EINPUT_FORMAT. */
NP_MUST_USE np_code psa_its_decode(np_bytes file, np_bytes *ret_contents, np_error *err);

typedef enum psa_transaction_kind {
    PSA_TRANSACTION_CREATE = 1,
    PSA_TRANSACTION_DESTROY = 2,
} psa_transaction_kind;

/* Written by the core in the machine's own byte order; ours is little endian, as the machines. */
typedef struct psa_transaction {
    psa_transaction_kind kind;
    uint32_t lifetime;
    uint64_t slot;
    uint32_t key_id;
} psa_transaction;

void psa_transaction_encode(const psa_transaction *transaction,
                            uint8_t ret[static PSA_TRANSACTION_SIZE]);
bool psa_transaction_decode(np_bytes bytes, psa_transaction *ret);

/* What the driver knows of a slot. */
typedef enum psa_slot_kind {
    PSA_SLOT_UNKNOWN,
    PSA_SLOT_REGISTERED, /* somebody else's key: never touched */
    PSA_SLOT_MADE,       /* generated or imported for an application */
    PSA_SLOT_SPARE,      /* what is in it is nobody's, and can be overwritten */
} psa_slot_kind;

typedef struct psa_slot {
    psa_slot_kind kind;
    uint32_t key_id; /* 0: of a volatile key, or of none */
} psa_slot;

/* The driver's data: which slot is whose. */
typedef struct psa_state {
    bool has_serial; /* of the chip whose slots these are */
    uint8_t serial[NP_CHIP_SERIAL_SIZE];
    psa_slot slots[PSA_SLOTS];
} psa_state;

void psa_state_encode(const psa_state *state, uint8_t ret[static NP_PSA_STATE_SIZE]);

/* All zero is a new one. False for another version or damaged bytes. */
bool psa_state_decode(const uint8_t bytes[static NP_PSA_STATE_SIZE], psa_state *ret);

/*
 * Written before a key is made: what shall be stored of it, and the X coordinate of what was in the
 * slot before, so that after a power failure the chip tells which side of it we are on.
 */
typedef struct psa_journal {
    psa_key key;
    bool had_key;
    uint8_t old_x[32];
} psa_journal;

void psa_journal_encode(const psa_journal *journal, uint8_t ret[static PSA_JOURNAL_SIZE]);
bool psa_journal_decode(np_bytes bytes, psa_journal *ret);
