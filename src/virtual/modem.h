/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual modem: an nRF9160, nRF9161 or nRF9151 behind an AT host, an AT shell or a TLS
 * credential shell, at the level of bytes on its serial line, as far as public documents tell. A
 * pure state machine: time, random numbers, faults and power come from outside; it has no file
 * (virtual/modem_image.h gives what survives power loss as bytes). It is for evaluation, tests and
 * training: its keys stand in its state in the clear, and Nordic Semiconductor vouches for none.
 * Rule for callers: hand bytes in and take bytes out in the order of their times.
 */
#pragma once

#include "crypto/p256.h"
#include "crypto/random.h"
#include "modem/modem.h"
#include "modem/token.h"
#include "virtual/modem_faults.h"

typedef enum np_modem_model {
    NP_NRF9160,
    NP_NRF9161,
    NP_NRF9151,
    NP_MODEM_MODEL_COUNT
} np_modem_model;

/* "nrf9160", ... */
const char *np_modem_model_name(np_modem_model model);
bool np_modem_model_by_name(const char *name, np_modem_model *ret);

/* How long commands take; virtual/modem_models.h has the times. */
typedef enum np_modem_pace { NP_MODEM_PACE_TYPICAL, NP_MODEM_PACE_ZERO } np_modem_pace;

enum {
    NP_MODEM_UUID_SIZE = 16,
    /* Not known of any modem; more than any firmware needs. */
    NP_MODEM_CREDENTIALS_MAX = 32,
};

typedef struct np_modem_credential {
    np_sec_tag tag;
    unsigned type;
    bool is_generated; /* a key that the modem has made: content is its scalar */
    size_t len;
    uint8_t content[NP_CREDENTIAL_MAX];
} np_modem_credential;

/* What survives power loss. */
typedef struct np_modem_state {
    np_modem_model model;
    np_modem_host host; /* not AUTO */
    np_line_end line_end;
    np_token_form form; /* of its replies to KEYGEN */
    bool omits_null;    /* its requests are without the NULL that real modems write */
    char imei[NP_IMEI_SIZE];
    char firmware[NP_MODEM_TEXT_SIZE];
    uint8_t uuid[NP_MODEM_UUID_SIZE];
    uint8_t identity_key[NP_P256_SCALAR_SIZE];
    size_t credential_count;
    np_modem_credential credentials[NP_MODEM_CREDENTIALS_MAX];
} np_modem_state;

void np_modem_state_clear(np_modem_state *state);

/*
 * A modem as the factory delivers it: its newest firmware, behind an AT host, with a fresh
 * identity.
 */
NP_MUST_USE np_code np_modem_state_draw(np_modem_model model, np_random random, np_modem_state *ret,
                                        np_error *err);

/* The public point that its tokens are signed with. */
NP_MUST_USE np_code np_modem_state_identity(const np_modem_state *state,
                                            uint8_t ret_point[static NP_P256_POINT_SIZE],
                                            np_error *err);

typedef struct np_virtual_modem np_virtual_modem;

typedef struct np_virtual_modem_options {
    np_modem_pace pace;
    np_random random; /* keys and nonces; libcrypto draws those of signatures */
    np_fault_words faults;
} np_virtual_modem_options;

/* A copy of the state, powered, in +CFUN 0. NULL only without memory. */
np_virtual_modem *np_virtual_modem_new(const np_virtual_modem_options *options,
                                       const np_modem_state *state);

/* Wipes and releases; accepts NULL. */
void np_virtual_modem_free(np_virtual_modem *modem);

/* Bytes from the host. */
void np_virtual_modem_receive(np_virtual_modem *modem, uint64_t now_ns, np_bytes bytes);

/* Bytes to the host that have been sent by now; returns how many. */
size_t np_virtual_modem_take(np_virtual_modem *modem, uint64_t now_ns, uint8_t *ret_bytes,
                             size_t size);

/* When there will be more bytes if nothing is received until then; UINT64_MAX: never. */
uint64_t np_virtual_modem_due_ns(const np_virtual_modem *modem);

/*
 * Power. A command that ran is lost, and so is what was not durable: +CFUN, +CMEE, buffers. After
 * power is back the modem starts, and says so.
 */
void np_virtual_modem_cut_power(np_virtual_modem *modem, uint64_t now_ns);
void np_virtual_modem_power_up(np_virtual_modem *modem, uint64_t now_ns);

/* A line that nobody asked for, when no line is on its way; with its line end. */
void np_virtual_modem_say(np_virtual_modem *modem, np_bytes line);

/* What would survive power loss now; and a number that goes up with each change of it. */
const np_modem_state *np_virtual_modem_state(const np_virtual_modem *modem);
uint64_t np_virtual_modem_generation(const np_virtual_modem *modem);

/* Of commands that have come so far. */
uint64_t np_virtual_modem_commands(const np_virtual_modem *modem);
