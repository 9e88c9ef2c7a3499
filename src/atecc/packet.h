/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups on the bus: count | packet | CRC (specs of the chip 1.4). Both directions, driver and
 * virtual part alike. Pure.
 */
#pragma once

#include "base/bytes.h"
#include <stdbool.h>

enum {
    NP_ATECC_GROUP_MIN = 4,
    NP_ATECC_GROUP_MAX = 155, /* DEC: 155 by 9.1, not the stale 71 of 6.6 */
    NP_ATECC_COMMAND_MIN = 7, /* count, opcode, P1, P2, CRC */
    NP_ATECC_COMMAND_DATA_MAX = NP_ATECC_GROUP_MAX - NP_ATECC_COMMAND_MIN,
    NP_ATECC_RESPONSE_DATA_MAX = NP_ATECC_GROUP_MAX - 3,
};

/* Word address: the first byte after address+W (specs of the chip 1.3). */
enum {
    NP_ATECC_WORD_RESET = 0x00,
    NP_ATECC_WORD_SLEEP = 0x01,
    NP_ATECC_WORD_IDLE = 0x02,
    NP_ATECC_WORD_COMMAND = 0x03,
};

/* Status bytes (specs of the chip 1.5). */
typedef enum np_atecc_status {
    NP_ATECC_SUCCESS = 0x00,
    NP_ATECC_MISCOMPARE = 0x01,
    NP_ATECC_PARSE_ERROR = 0x03,
    NP_ATECC_ECC_FAULT = 0x05,
    NP_ATECC_SELF_TEST_ERROR = 0x07,
    NP_ATECC_HEALTH_TEST_ERROR = 0x08,
    NP_ATECC_EXECUTION_ERROR = 0x0f,
    NP_ATECC_AFTER_WAKE = 0x11,
    NP_ATECC_WATCHDOG = 0xee,
    NP_ATECC_CRC_ERROR = 0xff,
} np_atecc_status;

/* "execution error"; "unknown status" for anything else. */
const char *np_atecc_status_name(uint8_t status);

/* Polynomial 0x8005, start 0, bits least significant first. Update with the previous register. */
uint16_t np_crc16_update(uint16_t crc, np_bytes bytes);

static inline uint16_t np_crc16(np_bytes bytes)
{
    return np_crc16_update(0, bytes);
}

typedef struct np_atecc_command {
    uint8_t opcode;
    uint8_t p1;
    uint16_t p2;
    np_bytes data;
} np_atecc_command;

/* Writes count, packet and CRC (no word address). The writer overflows above GROUP_MAX. */
void np_atecc_encode_command(const np_atecc_command *command, np_writer *writer);

/* The other direction; false when count, length or CRC are wrong. Data points into the group. */
bool np_atecc_decode_command(np_bytes group, np_atecc_command *ret);

/* Writes count, data and CRC: an answer. */
void np_atecc_encode_response(np_bytes data, np_writer *writer);

/*
 * The answer within bytes as read, which may have more behind it. False when the count is out of
 * range, bytes are missing, or the CRC is wrong.
 */
bool np_atecc_decode_response(np_bytes read, np_bytes *ret_data);
