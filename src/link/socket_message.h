/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The messages between a served virtual chip and its clients, as bytes (doc/formats/chip-socket.md
 * is the same for other people's clients). Pure: it reads and writes slices. Both sides believe
 * nothing that is not well formed.
 */
#pragma once

#include "base/bytes.h"

enum {
    SOCKET_VERSION = 1,
    SOCKET_PREFIX_SIZE = 2,     /* the length of the body, in front of each */
    SOCKET_BODY_MAX = 16384,    /* two of the longest transfers that i2c-dev allows */
    SOCKET_TRANSFER_MAX = 8192, /* one of them */
    SOCKET_GREETING_SIZE = 20,
    SOCKET_ADDRESS_MAX = 0x7f,
    SOCKET_COUNT_WAKES = 0, /* in the place of an opcode; none is 0 */
};

/* How time passes for a served chip, and how long its commands take. */
typedef enum socket_time {
    SOCKET_TIME_REAL,    /* the clock on the wall, commands take their typical time */
    SOCKET_TIME_TYPICAL, /* a clock that jumps with its clients' waits */
    SOCKET_TIME_MAXIMUM,
    SOCKET_TIME_ZERO,
    SOCKET_TIME_COUNT
} socket_time;

/* "real", "typical", "maximum", "zero" */
const char *socket_time_name(socket_time time);
bool socket_time_by_name(const char *name, socket_time *ret);

/* What a server says first. */
typedef struct socket_greeting {
    socket_time time;
    uint32_t clock_hz; /* of the bus */
    uint64_t now_ns;   /* of the chip's clock */
} socket_greeting;

void socket_encode_greeting(const socket_greeting *greeting, np_writer *writer);

/* False for another magic, another version, or anything that is not well formed. */
bool socket_decode_greeting(np_bytes body, socket_greeting *ret);

typedef enum socket_step_kind {
    SOCKET_WRITE = 1,     /* address, data */
    SOCKET_WRITE_THROUGH, /* the same, clocked whatever is acknowledged */
    SOCKET_READ,          /* address, size */
    SOCKET_WAIT,          /* time_ns from where the steps before have come to */
    SOCKET_WAIT_UNTIL,    /* time_ns on the chip's clock */
    SOCKET_KEEP_UP,       /* let the chip's clock pass by as much as the wall's since it was used */
    SOCKET_COUNT, /* opcode: how many such commands the chip has had; 0: how often it woke */
} socket_step_kind;

/* One step of a request; a request is any number of them, one behind the other. */
typedef struct socket_step {
    socket_step_kind kind;
    uint8_t address;
    np_bytes data;
    size_t size;
    uint64_t time_ns;
    uint8_t opcode;
} socket_step;

void socket_encode_step(const socket_step *step, np_writer *writer);

/* The next one; false when what is left does not begin with a step. Data points into the request.
 */
bool socket_decode_step(np_reader *reader, socket_step *ret);

/* How many bytes of the reply a step can take at most. */
size_t socket_result_size(const socket_step *step);

typedef enum socket_status {
    SOCKET_DONE,    /* the clock, then a result for each transaction and count, in their order */
    SOCKET_REFUSED, /* the request is not well formed; then a sentence */
    SOCKET_FAILED,  /* the server has trouble of its own; then a sentence */
    SOCKET_STATUS_COUNT
} socket_status;

enum { SOCKET_REPLY_HEAD_SIZE = 9 };

void socket_encode_reply_head(socket_status status, uint64_t now_ns, np_writer *writer);

/* What is left in the reader are the results, or the sentence. False: not well formed. */
bool socket_decode_reply_head(np_reader *reader, socket_status *ret_status, uint64_t *ret_now_ns);

void socket_encode_result(bool is_acked, np_bytes data, np_writer *writer);

/* The result of SOCKET_COUNT. */
void socket_encode_count(uint64_t count, np_writer *writer);
bool socket_decode_count(np_reader *reader, uint64_t *ret);

/* The result of this step; data is empty unless it is a read that was acknowledged. */
bool socket_decode_result(np_reader *reader, const socket_step *step, bool *ret_acked,
                          np_bytes *ret_data);
