/* SPDX-License-Identifier: Apache-2.0 */
#include "link/trace_names.h"

#include "atecc/zones.h"
#include <stdarg.h>
#include <stdio.h>

void trace_put(trace_text *text, const char *format, ...)
{
    va_list list;
    size_t room = sizeof(text->text) - text->len;
    va_start(list, format);
    int length = vsnprintf(text->text + text->len, room, format, list);
    va_end(list);
    size_t written = length < 0 ? 0 : (size_t)length;
    text->len += written < room ? written : room - 1;
}

void trace_put_bytes(trace_text *text, np_bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        trace_put(text, "%s%02x", i == 0 ? "" : " ", bytes.data[i]);
    }
}

/* What the words of the configuration zone are called, from this offset on (specs of the chip 3.2).
 */
typedef struct config_name {
    uint8_t offset;
    const char *name;
    bool is_by_slot; /* two slots a word; the first row's offset is slots 0 and 1 */
} config_name;

static const config_name config_names[] = {
    {NP_CONFIG_KEY_CONFIG, "KeyConfig", true},
    {NP_CONFIG_X509_FORMAT, "X509format", false},
    {NP_CONFIG_SLOT_LOCKED, "SlotLocked, ChipOptions", false},
    {NP_CONFIG_USER_EXTRA, "UserExtra, Selector, LockValue, LockConfig", false},
    {NP_CONFIG_COUNTERS + 16, "LastKeyUse", false},
    {NP_CONFIG_COUNTERS + 8, "Counter 1", false},
    {NP_CONFIG_COUNTERS, "Counter 0", false},
    {NP_CONFIG_SLOT_CONFIG, "SlotConfig", true},
    {NP_CONFIG_I2C_ADDRESS, "I2C_Address, OTPmode, ChipMode", false},
    {12, "SN 8, AES_Enable, I2C_Enable", false},
    {8, "SN 4-7", false},
    {NP_CONFIG_REVISION, "RevNum", false},
    {0, "SN 0-3", false},
};

static void put_config_name(trace_text *text, size_t offset)
{
    const config_name *row = config_names;
    while (row->offset > offset) {
        row++;
    }
    if (row->is_by_slot) {
        size_t slot = (offset - row->offset) / 2;
        trace_put(text, " (%s %zu-%zu)", row->name, slot, slot + 1);
    } else {
        trace_put(text, " (%s)", row->name);
    }
}

/* Where Read and Write go: P1 has zone and size, P2 the address (specs of the chip 3.3). */
static void put_place(trace_text *text, const np_atecc_command *command)
{
    enum { ZONE_MASK = 0x03, WORD_MASK = 0x07, SLOT_SHIFT = 3, SLOT_MASK = 0x0f, BLOCK_SHIFT = 8 };
    bool is_block = (command->p1 & NP_ATECC_32_BYTES) != 0;
    unsigned zone = command->p1 & ZONE_MASK;
    unsigned word = command->p2 & WORD_MASK;
    if (zone == NP_ATECC_ZONE_DATA) {
        unsigned slot = command->p2 >> SLOT_SHIFT & SLOT_MASK;
        trace_put(text, " slot %u block %u", slot, command->p2 >> BLOCK_SHIFT);
        if (!is_block) {
            trace_put(text, " word %u", word);
        }
        return;
    }
    trace_put(text, zone == NP_ATECC_ZONE_CONFIG ? " config" : " OTP");
    if (is_block) {
        trace_put(text, " block %u", command->p2 >> SLOT_SHIFT);
        return;
    }
    trace_put(text, " word 0x%02x", command->p2);
    size_t offset = (size_t)command->p2 * NP_ATECC_WORD_SIZE;
    if (zone == NP_ATECC_ZONE_CONFIG && offset < NP_ATECC_CONFIG_SIZE) {
        put_config_name(text, offset);
    }
}

static void put_lock(trace_text *text, const np_atecc_command *command)
{
    enum { KIND_MASK = 0x03, SLOT_SHIFT = 2, SLOT_MASK = 0x0f };
    unsigned kind = command->p1 & KIND_MASK;
    if (kind == NP_ATECC_LOCK_SLOT) {
        trace_put(text, " slot %u", command->p1 >> SLOT_SHIFT & SLOT_MASK);
        return;
    }
    trace_put(text, kind == NP_ATECC_LOCK_CONFIG ? " config" : " data and OTP");
    if ((command->p1 & NP_ATECC_LOCK_NO_CRC) != 0) {
        trace_put(text, " without CRC");
    } else {
        trace_put(text, " with CRC 0x%04x", command->p2);
    }
}

static void put_genkey(trace_text *text, const np_atecc_command *command)
{
    bool is_new = (command->p1 & NP_ATECC_GENKEY_CREATE) != 0;
    trace_put(text, "%s slot %u", is_new ? " create" : " public", command->p2);
}

static void put_sign(trace_text *text, const np_atecc_command *command)
{
    bool is_external = (command->p1 & NP_ATECC_SIGN_EXTERNAL) != 0;
    trace_put(text, "%s slot %u", is_external ? " external" : " internal", command->p2);
}

static void put_nonce(trace_text *text, const np_atecc_command *command)
{
    enum { MODE_MASK = 0x03 };
    bool is_through = (command->p1 & MODE_MASK) == NP_ATECC_NONCE_PASS_THROUGH;
    trace_put(text, is_through ? " pass-through" : " random");
}

static void put_parameters(trace_text *text, const np_atecc_command *command)
{
    if (command->p1 != 0 || command->p2 != 0) {
        trace_put(text, " mode 0x%02x, 0x%04x", command->p1, command->p2);
    }
}

typedef struct name_row {
    uint8_t opcode;
    void (*put)(trace_text *text, const np_atecc_command *command);
} name_row;

static const name_row name_rows[] = {
    {NP_ATECC_READ, put_place},    {NP_ATECC_WRITE, put_place}, {NP_ATECC_LOCK, put_lock},
    {NP_ATECC_GENKEY, put_genkey}, {NP_ATECC_SIGN, put_sign},   {NP_ATECC_NONCE, put_nonce},
};

void trace_put_command(trace_text *text, const np_atecc_command *command)
{
    const np_atecc_command_row *row = np_atecc_command_by_opcode(command->opcode);
    void (*put)(trace_text *, const np_atecc_command *) = put_parameters;
    if (row == NULL) {
        trace_put(text, "command 0x%02x", command->opcode);
    } else {
        trace_put(text, "%s", row->name);
    }
    for (size_t i = 0; i < NP_COUNT_OF(name_rows); i++) {
        if (name_rows[i].opcode == command->opcode) {
            put = name_rows[i].put;
        }
    }
    put(text, command);
    if (command->data.len > 0) {
        trace_put(text, ": ");
        trace_put_bytes(text, command->data);
    }
}

void trace_put_answer(trace_text *text, uint8_t opcode, np_bytes answer)
{
    if (answer.len == 1 && answer.data[0] == NP_ATECC_SUCCESS) {
        trace_put(text, "success");
    } else if (answer.len == 1) {
        trace_put(text, "status 0x%02x (%s)", answer.data[0], np_atecc_status_name(answer.data[0]));
    } else if (opcode == NP_ATECC_RANDOM) {
        trace_put(text, "%zu bytes, not shown", answer.len);
    } else {
        trace_put_bytes(text, answer);
    }
}
