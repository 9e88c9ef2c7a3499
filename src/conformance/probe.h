/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the room: one raw exchange with a chip, nothing repeated and nothing assumed, what several
 * questions need, and the tables of questions. A question that is not answered, or answered
 * otherwise than we read, is asked again (conformance.c): a probe may fail where a bus may.
 */
#pragma once

#include "conformance/conformance.h"

typedef struct probe_host {
    np_atecc *chip;
    np_atecc_model model;
    np_lock_stage stage;
    bool may_lock;
    bool is_spare; /* given away: it has the test configuration, or shall have it */
    uint8_t config[NP_ATECC_CONFIG_SIZE];
    const np_conformance_watch *watch;
    np_error *err;
    np_code trouble; /* of the bus; a probe that met it has no answer */
} probe_host;

/* What the chip said. */
typedef struct probe_reply {
    bool is_answered;
    uint8_t status; /* of a one-byte answer; 0 with data */
    size_t len;
    uint8_t data[NP_ATECC_RESPONSE_DATA_MAX];
} probe_reply;

/* Sends one command to the awake chip (it is woken first if need be). False: not acknowledged. */
bool probe_send(probe_host *probe, const np_atecc_command *command);

/* The same, and takes its answer. */
probe_reply probe_ask(probe_host *probe, const np_atecc_command *command);
probe_reply probe_call(probe_host *probe, uint8_t opcode, uint8_t p1, uint16_t p2, np_bytes data);

/* Raw transactions; false: not acknowledged. */
bool probe_write(probe_host *probe, np_bytes bytes);
bool probe_read(probe_host *probe, uint8_t *ret, size_t size);

/* The answer to what was written raw; not answered after two seconds. */
probe_reply probe_take(probe_host *probe);

void probe_wake(probe_host *probe);
void probe_sleep(probe_host *probe);
uint64_t probe_now_ns(const probe_host *probe);
void probe_wait_ns(probe_host *probe, uint64_t ns);

/* A failure of the driver ends the run. True when there was none. */
bool probe_note(probe_host *probe, np_code code);

bool probe_succeeded(const probe_reply *reply);

/* The status is the answer. False: there is none. */
bool probe_give_status(const probe_reply *reply, unsigned *ret_answer);

/*
 * 1 for success, 0 for a command that the chip understood and refused. False for anything else: a
 * command that was damaged on its way says nothing.
 */
bool probe_give_success(const probe_reply *reply, unsigned *ret_answer);

/* The opposite: is it refused? */
bool probe_give_refusal(const probe_reply *reply, unsigned *ret_answer);

/* 64 bytes that are no secret; TempKey after probe_load_temp_key is the first 32 of them. */
extern const uint8_t probe_block[64];
np_bytes probe_first(size_t len);

/* Not a signature of anything: r, s, and the generator of P-256 as public key. */
extern const uint8_t probe_no_signature[128];

/* TempKey by input alone (SourceFlag 1), or with a random number of the chip's (0). */
bool probe_load_temp_key(probe_host *probe);
bool probe_draw_temp_key(probe_host *probe);

/* Info State: a bit of byte 0 or 1. */
enum {
    PROBE_STATE_GENKEY = 0x40,
    PROBE_STATE_GENDIG = 0x20,
    PROBE_STATE_SOURCE = 0x10,
    PROBE_STATE_VALID = 0x80,      /* of the second byte */
    PROBE_STATE_AUTHORISED = 0x04, /* of the second byte */
};
bool probe_read_state(probe_host *probe, size_t byte, uint8_t mask, unsigned *ret_answer);

/* SourceFlag of a TempKey that is valid. */
bool probe_read_source(probe_host *probe, unsigned *ret_answer);

/* Verify external by what is in TempKey or the digest buffer: is there a message at all? */
bool probe_has_message(probe_host *probe, uint8_t mode, unsigned *ret_answer);

/*
 * CheckMac on the secret slot of the test configuration, with what that slot holds: over a TempKey
 * that no random number has made, or over a challenge. False: the chip does not agree.
 */
bool probe_check_mac(probe_host *probe, bool is_of_temp_key);

typedef enum probe_who { PROBE_ANY, PROBE_508A, PROBE_608 } probe_who;

/* In which stages a question can be asked. */
enum {
    PROBE_OPEN = 1U << NP_ALL_OPEN,
    PROBE_CONFIGURED = 1U << NP_CONFIG_LOCKED,
    PROBE_LOCKED = 1U << NP_DATA_LOCKED,
    PROBE_CLOSED = PROBE_CONFIGURED | PROBE_LOCKED, /* the configuration is */
    PROBE_ALWAYS = PROBE_OPEN | PROBE_CLOSED,
};

typedef enum probe_cost {
    PROBE_HARMLESS,
    PROBE_SENDS_LOCK, /* needs consent */
    PROBE_SPENDS,     /* needs the test configuration */
} probe_cost;

typedef struct probe_row {
    np_reading_id id;
    probe_who who;
    unsigned stages;
    probe_cost cost;
    /* False when this chip cannot be asked; why_not says what it would take. NULL: nobody can. */
    bool (*ask)(probe_host *probe, unsigned *ret_answer);
    const char *why_not; /* NULL: nothing special */
    const char *changes; /* NULL: nothing */
} probe_row;

typedef struct probe_table {
    const probe_row *rows;
    size_t count;
} probe_table;

extern const probe_table probe_bus_table;
extern const probe_table probe_keys_table;
extern const probe_table probe_slots_table;
extern const probe_table probe_608_table;
extern const probe_table probe_x509_table;
extern const probe_table probe_silent_table; /* those that nobody on a bus can ask */

/* Every reading has one. */
const probe_row *probe_find(np_reading_id id);

/* conformance.c: a chip as it is; then all that is not answered yet and can be asked of it now. */
NP_MUST_USE np_code probe_begin(probe_host *probe, np_conformance *ret);
NP_MUST_USE np_code probe_look(probe_host *probe);
NP_MUST_USE np_code probe_ask_all(probe_host *probe, np_conformance *ret);
NP_MUST_USE np_code probe_announce(const probe_host *probe, const char *words);
