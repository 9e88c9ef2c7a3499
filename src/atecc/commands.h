/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command set: one row a command, read by the driver (times, answer sizes), the virtual part
 * (lengths) and the documentation. Sources: specs of the chip 2.1 and 5, vectors
 * atecc/exec_times_ms.csv, NervesKey's field values (specs of NervesKey 8.3).
 */
#pragma once

#include "atecc/model.h"

enum {
    NP_ATECC_PAUSE = 0x01, /* 508A only */
    NP_ATECC_READ = 0x02,
    NP_ATECC_MAC = 0x08,
    NP_ATECC_HMAC = 0x11, /* 508A only */
    NP_ATECC_WRITE = 0x12,
    NP_ATECC_GENDIG = 0x15,
    NP_ATECC_NONCE = 0x16,
    NP_ATECC_LOCK = 0x17,
    NP_ATECC_RANDOM = 0x1b,
    NP_ATECC_DERIVE_KEY = 0x1c,
    NP_ATECC_UPDATE_EXTRA = 0x20,
    NP_ATECC_COUNTER = 0x24,
    NP_ATECC_CHECK_MAC = 0x28,
    NP_ATECC_INFO = 0x30,
    NP_ATECC_GENKEY = 0x40,
    NP_ATECC_SIGN = 0x41,
    NP_ATECC_ECDH = 0x43,
    NP_ATECC_VERIFY = 0x45,
    NP_ATECC_PRIV_WRITE = 0x46,
    NP_ATECC_SHA = 0x47,
    NP_ATECC_AES = 0x51, /* 608 only, and so the rest */
    NP_ATECC_KDF = 0x56,
    NP_ATECC_SELF_TEST = 0x77,
    NP_ATECC_SECURE_BOOT = 0x80,
};

/* Lock P1 (specs of the chip 2.12). A slot: NP_ATECC_LOCK_SLOT | slot << 2. */
enum {
    NP_ATECC_LOCK_CONFIG = 0x00,
    NP_ATECC_LOCK_DATA = 0x01,
    NP_ATECC_LOCK_SLOT = 0x02,
    NP_ATECC_LOCK_NO_CRC = 0x80, /* never used by the driver */
};

/* GenKey, Nonce, Sign and Verify P1; Verify external's P2. */
enum {
    NP_ATECC_GENKEY_PUBLIC = 0x00,
    NP_ATECC_GENKEY_CREATE = 0x04,
    NP_ATECC_NONCE_RANDOM = 0x00,
    NP_ATECC_NONCE_PASS_THROUGH = 0x03,
    NP_ATECC_NONCE_TO_DIGEST_BUFFER = 0x43, /* 608 only */
    NP_ATECC_SIGN_EXTERNAL = 0x80,
    NP_ATECC_SIGN_FROM_DIGEST_BUFFER = 0x20, /* 608 only */
    NP_ATECC_VERIFY_EXTERNAL = 0x02,
    NP_ATECC_VERIFY_P256 = 0x0004,
};

/* Read and Write P1. */
enum {
    NP_ATECC_ZONE_CONFIG = 0,
    NP_ATECC_ZONE_OTP = 1,
    NP_ATECC_ZONE_DATA = 2,
    NP_ATECC_32_BYTES = 0x80,
    NP_ATECC_ENCRYPTED = 0x40,
};

typedef struct np_atecc_times {
    uint32_t typical_us; /* 508A data sheet; no typical time of a 608 is published */
    uint32_t max_us;
} np_atecc_times;

/* The chip mode (configuration byte 19): the watchdog, and in bits 7..3 how fast a 608 is clocked.
 */
enum {
    NP_ATECC_LONG_WATCHDOG = 0x04,
    NP_ATECC_DIVIDER_BITS = 0xf8,
    NP_ATECC_DIVIDER_M1 = 0x28,
    NP_ATECC_DIVIDER_M2 = 0x68,
};

enum {
    NP_ATECC_SIZES_END = 0xff,   /* of a list of sizes that is shorter than its row */
    NP_ATECC_SIZES_RANGE = 0xfe, /* every size from the second to the third number */
};

typedef struct np_atecc_command_row {
    uint8_t opcode;
    const char *name;      /* as in the data sheet: "GenKey" */
    uint8_t data_sizes[4]; /* legal sizes of the input data, in the marks above */
    uint8_t answer_size;   /* of a full success answer, without count and CRC */
    np_atecc_times times[NP_ATECC_MODEL_COUNT];
    uint32_t divided_us[2]; /* maximum of a 608 at M1 and M2 */
    uint32_t field_us;      /* what parts in the field were seen to need */
    bool is_repeatable;     /* sending it again changes nothing */
} np_atecc_command_row;

/* NULL for an opcode that no row has. */
const np_atecc_command_row *np_atecc_command_by_opcode(uint8_t opcode);

/* Is this a size that the command's data may have? */
bool np_atecc_is_legal_size(const np_atecc_command_row *row, size_t size);

/*
 * What the command takes on this model with this chip mode (configuration byte 19). Both times are
 * 0 for a command that the model does not have. [inf] A divider lengthens the typical time as it
 * does the maximum.
 */
np_atecc_times np_atecc_times_at(const np_atecc_command_row *row, np_atecc_model model,
                                 uint8_t chip_mode);

/* All rows, for documentation and tests. */
const np_atecc_command_row *np_atecc_command_rows(size_t *ret_count);

/*
 * How long a driver waits before it gives up on a chip of this mode: the larger of 1.5 times the
 * greatest maximum of any model and the field value.
 */
uint32_t np_atecc_give_up_us(const np_atecc_command_row *row, uint8_t chip_mode);
