/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The recorded lives of chips that the unmodified NervesKey library provisioned
 * (vectors/nerveskey/generated/provision_*.json), as C values. Raw packets stay raw.
 */
#pragma once

#include "atecc/zones.h"
#include "crypto/signing.h"
#include "x509/certificate.h"

enum { RECORDED_PACKETS_MAX = 128 };

typedef struct recorded_packet {
    uint8_t sent[160]; /* word address 03, count ... CRC */
    size_t sent_len;
    uint8_t answer[160];
    size_t answer_len;
} recorded_packet;

typedef struct recorded_life {
    uint8_t start_config[NP_ATECC_CONFIG_SIZE]; /* what `provisioned?(blank)` read */
    uint8_t end_config[NP_ATECC_CONFIG_SIZE];
    uint8_t otp[NP_ATECC_OTP_SIZE];
    uint8_t data[NP_ATECC_DATA_SIZE]; /* slots 1 to 15; slot 0 zero */
    uint8_t private_key[32];
    char serial[64];
    char board[16];
    uint8_t signer_der[1024];
    size_t signer_len;
    uint8_t device_der[1024];
    size_t device_len;
    np_certificate signer; /* into signer_der */
    np_certificate device; /* into device_der */
    uint8_t signer_fingerprint[32];
    recorded_packet provision[RECORDED_PACKETS_MAX];
    size_t provision_count;
} recorded_life;

/* "508a", "608a" or "608b_volatile"; any trouble ends the test program. Heap; free() it. */
recorded_life *recorded_load(const char *name);

/* The packets of one operation of that life, such as "clear_aux"; returns how many. */
size_t recorded_operation(const char *name, const char *operation,
                          recorded_packet ret[static RECORDED_PACKETS_MAX]);

/* Hex text of the life's file, such as "slots_after_aux" "9"; returns how many bytes. */
size_t recorded_bytes(const char *name, const char *key, const char *inner_key, uint8_t *ret,
                      size_t size);

/* A slot's bytes in data. */
np_bytes recorded_slot(const recorded_life *life, unsigned slot);

/*
 * A signer that signs nothing but the recorded device certificate, with the recorded signature;
 * any other digest fails the test.
 */
np_signing recorded_signing(recorded_life *life);

/* Seconds of the recorded device certificate's notBefore. */
int64_t recorded_time(const recorded_life *life);
