/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The provisioning plan: from a snapshot and a request to the ordered steps and their bytes. Pure;
 * refuses before anything is written. Computed again after an interruption it has the steps that
 * are still needed; what a chip lets nobody read (everything between its two locks) is done again.
 * No plan makes a key once the data zone is locked.
 */
#pragma once

#include "nerveskey/layout.h"
#include "nerveskey/snapshot.h"

/* Who signs, as the plan needs to know it; slices and pointers are borrowed. */
typedef struct np_plan_signer {
    const np_certificate *certificate;
    const uint8_t *compressed;  /* 72 bytes */
    const uint8_t *public_key;  /* 64 bytes */
    const uint8_t *fingerprint; /* SHA-256 of the DER */
} np_plan_signer;

typedef struct np_plan_request {
    np_bytes serial; /* empty data pointer (NULL): NervesKey's default */
    np_bytes board;  /* NULL: "NervesKey" */
    np_bytes user_data;
    const np_layout *layout; /* NULL: NervesKey's regular one */
    np_bytes activation_key; /* 16 bytes each, for the volatile layout alone */
    np_bytes encryption_key;
    np_plan_signer signer;
    int64_t now; /* seconds since 1970 */
    uint8_t
        address; /* the 7-bit address that the chip shall keep; usually where it was asked for */
} np_plan_request;

/* Bytes of a write: plan->image, by zone or slot, from offset on, len of them. */
typedef struct np_step {
    np_step_kind kind;
    uint8_t slot;
    uint16_t offset;
    uint16_t len; /* as sent: may reach beyond the end of the slot, where zeros are sent */
} np_step;

enum {
    NP_PLAN_STEPS_MAX = 80, /* 12 + 2 + 48 writes, 5 locks, 6 others */
    NP_DEVICE_CERTIFICATE_YEARS = 31,
};

/* Holds the two keys of the volatile layout: wipe it. */
typedef struct np_plan {
    np_stage stage;
    const np_layout *layout;
    np_atecc_model model;
    np_chip_serial chip_serial;
    np_nerveskey_otp otp;
    uint8_t address;
    /* what the chip shall hold; slot 10 is filled in when the certificate is issued */
    uint8_t config[NP_ATECC_CONFIG_SIZE];
    uint8_t otp_bytes[NP_ATECC_OTP_SIZE];
    uint8_t data[NP_ATECC_DATA_SIZE];
    uint8_t dates[NP_DATES_SIZE]; /* of the certificate to be issued */
    uint8_t signer_key[64];
    np_step steps[NP_PLAN_STEPS_MAX];
    size_t step_count;
    uint8_t hash[32]; /* of what is consented to; see np_plan_compute */
} np_plan;

/*
 * The hash is SHA-256 over chip serial, model, layout, target configuration and OTP, signer
 * fingerprint; not over the time or the steps that remain, so that it stays valid after an
 * interruption, and not over the keys of the volatile layout, which nobody shall guess from it.
 *
 * A chip that is provisioned as asked gives a plan with the step VERIFY alone. Refused:
 *   NP_EUSAGE             keys without the volatile layout, or that layout without them
 *   NP_EINPUT_*           serial, board, user data, keys; signer expired or not yet valid and dates
 * that cannot be stored, when a certificate must still be issued NP_EDEVICE_LOST       a lock byte
 * is torn NP_ECONFLICT_FOREIGN  the volatile layout for a 508A; bytes outside our writes are not
 * the factory's (each is named); locked with another configuration; data locked with something else
 * in it NP_ECONFLICT_OTHER    provisioned with another serial, board, user data or signer
 */
NP_MUST_USE np_code np_plan_compute(const np_snapshot *snapshot, const np_plan_request *request,
                                    np_plan *ret, np_error *err);

/* Does the plan contain a step of this kind? */
bool np_plan_has(const np_plan *plan, np_step_kind kind);

/* True when all that is left is to verify. */
bool np_plan_is_done(const np_plan *plan);

/* CRCs that the locks carry (specs of NervesKey 4, steps 3 and 9). */
uint16_t np_plan_config_crc(const np_plan *plan);
uint16_t np_plan_data_crc(const np_plan *plan);
