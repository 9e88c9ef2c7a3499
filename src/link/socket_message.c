/* SPDX-License-Identifier: Apache-2.0 */
#include "link/socket_message.h"

static const char magic[4] = {'N', 'P', 'C', 'S'};

static const char *const time_names[SOCKET_TIME_COUNT] = {
    [SOCKET_TIME_REAL] = "real",
    [SOCKET_TIME_TYPICAL] = "typical",
    [SOCKET_TIME_MAXIMUM] = "maximum",
    [SOCKET_TIME_ZERO] = "zero",
};

const char *socket_time_name(socket_time time)
{
    return time_names[time];
}

bool socket_time_by_name(const char *name, socket_time *ret)
{
    for (unsigned i = 0; i < SOCKET_TIME_COUNT; i++) {
        if (strcmp(name, time_names[i]) == 0) {
            *ret = (socket_time)i;
            return true;
        }
    }
    return false;
}

void socket_encode_greeting(const socket_greeting *greeting, np_writer *writer)
{
    np_write_bytes(writer, np_bytes_of(magic, sizeof(magic)));
    np_write_u8(writer, SOCKET_VERSION);
    np_write_u8(writer, (uint8_t)greeting->time);
    np_write_u16_be(writer, 0); /* reserved */
    np_write_u32_be(writer, greeting->clock_hz);
    np_write_u64_be(writer, greeting->now_ns);
}

bool socket_decode_greeting(np_bytes body, socket_greeting *ret)
{
    np_reader reader = np_reader_of(body);
    np_bytes begin = np_read_bytes(&reader, sizeof(magic));
    bool is_ours = np_bytes_equal(begin, np_bytes_of(magic, sizeof(magic)));
    bool is_known = np_read_u8(&reader) == SOCKET_VERSION;
    uint8_t time = np_read_u8(&reader);
    np_read_u16_be(&reader);
    ret->clock_hz = np_read_u32_be(&reader);
    ret->now_ns = np_read_u64_be(&reader);
    if (!np_reader_is_done(&reader) || !is_ours || !is_known || time >= SOCKET_TIME_COUNT) {
        return false;
    }
    ret->time = (socket_time)time;
    return ret->clock_hz > 0;
}

/* What stands behind the kind. */
typedef struct step_form {
    bool has_address;
    bool has_data; /* u16 length, bytes */
    bool has_size; /* u16 */
    bool has_time; /* u64 */
    bool has_opcode;
} step_form;

static const step_form forms[] = {
    [SOCKET_WRITE] = {.has_address = true, .has_data = true},
    [SOCKET_WRITE_THROUGH] = {.has_address = true, .has_data = true},
    [SOCKET_READ] = {.has_address = true, .has_size = true},
    [SOCKET_WAIT] = {.has_time = true},
    [SOCKET_WAIT_UNTIL] = {.has_time = true},
    [SOCKET_KEEP_UP] = {0},
    [SOCKET_COUNT] = {.has_opcode = true},
};

void socket_encode_step(const socket_step *step, np_writer *writer)
{
    const step_form *form = &forms[step->kind];
    np_write_u8(writer, (uint8_t)step->kind);
    if (form->has_address) {
        np_write_u8(writer, step->address);
    }
    if (form->has_data) {
        np_write_u16_be(writer, (uint16_t)step->data.len);
        np_write_bytes(writer, step->data);
    }
    if (form->has_size) {
        np_write_u16_be(writer, (uint16_t)step->size);
    }
    if (form->has_time) {
        np_write_u64_be(writer, step->time_ns);
    }
    if (form->has_opcode) {
        np_write_u8(writer, step->opcode);
    }
}

bool socket_decode_step(np_reader *reader, socket_step *ret)
{
    uint8_t kind = np_read_u8(reader);
    if (kind < SOCKET_WRITE || kind >= NP_COUNT_OF(forms)) {
        return false;
    }
    const step_form *form = &forms[kind];
    *ret = (socket_step){.kind = (socket_step_kind)kind};
    if (form->has_address) {
        ret->address = np_read_u8(reader);
    }
    if (form->has_data) {
        size_t len = np_read_u16_be(reader);
        ret->data = np_read_bytes(reader, len);
    }
    if (form->has_size) {
        ret->size = np_read_u16_be(reader);
    }
    if (form->has_time) {
        ret->time_ns = np_read_u64_be(reader);
    }
    if (form->has_opcode) {
        ret->opcode = np_read_u8(reader);
    }
    return !reader->failed && ret->address <= SOCKET_ADDRESS_MAX &&
           ret->data.len <= SOCKET_TRANSFER_MAX && ret->size <= SOCKET_TRANSFER_MAX;
}

size_t socket_result_size(const socket_step *step)
{
    if (step->kind == SOCKET_COUNT) {
        return sizeof(uint64_t);
    }
    return forms[step->kind].has_address ? 1 + step->size : 0;
}

void socket_encode_reply_head(socket_status status, uint64_t now_ns, np_writer *writer)
{
    np_write_u8(writer, (uint8_t)status);
    np_write_u64_be(writer, now_ns);
}

bool socket_decode_reply_head(np_reader *reader, socket_status *ret_status, uint64_t *ret_now_ns)
{
    uint8_t status = np_read_u8(reader);
    *ret_now_ns = np_read_u64_be(reader);
    if (reader->failed || status >= SOCKET_STATUS_COUNT) {
        return false;
    }
    *ret_status = (socket_status)status;
    return true;
}

void socket_encode_result(bool is_acked, np_bytes data, np_writer *writer)
{
    np_write_u8(writer, is_acked ? 1 : 0);
    if (is_acked) {
        np_write_bytes(writer, data);
    }
}

bool socket_decode_result(np_reader *reader, const socket_step *step, bool *ret_acked,
                          np_bytes *ret_data)
{
    uint8_t acked = np_read_u8(reader);
    *ret_acked = acked == 1;
    *ret_data = np_read_bytes(reader, *ret_acked ? step->size : 0);
    return !reader->failed && acked <= 1;
}

void socket_encode_count(uint64_t count, np_writer *writer)
{
    np_write_u64_be(writer, count);
}

bool socket_decode_count(np_reader *reader, uint64_t *ret)
{
    *ret = np_read_u64_be(reader);
    return !reader->failed;
}
