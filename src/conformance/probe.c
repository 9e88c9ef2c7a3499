/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/probe.h"

enum {
    POLL_NS = 1000000,
    PATIENCE_MS = 2500, /* the longest command of any clock divider */
    INFO_STATE = 0x02,
    NONCE_INPUT = 20,
};

/* Nothing about them matters but that they are known. */
const uint8_t probe_block[64] = {1, 2, 3};

/* r = s = 1, and the generator (FIPS 186-4 D.1.2.3). */
const uint8_t probe_no_signature[128] = {
    [31] = 1, [63] = 1, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5,
    0x63,     0xa4,     0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1,
    0x39,     0x45,     0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b,
    0x8e,     0xe7,     0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31,
    0x5e,     0xce,     0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5};

np_bytes probe_first(size_t len)
{
    return np_bytes_of(probe_block, len);
}

bool probe_note(probe_host *probe, np_code code)
{
    if (probe->trouble == NP_OK) {
        probe->trouble = code;
    }
    return code == NP_OK;
}

uint64_t probe_now_ns(const probe_host *probe)
{
    return probe->chip->bus.ops->now_ns(probe->chip->bus.self);
}

void probe_wait_ns(probe_host *probe, uint64_t ns)
{
    probe->chip->bus.ops->wait_until_ns(probe->chip->bus.self, probe_now_ns(probe) + ns);
}

bool probe_write(probe_host *probe, np_bytes bytes)
{
    const np_bus *bus = &probe->chip->bus;
    bool acked = false;
    probe_note(probe, bus->ops->write(bus->self, probe->chip->address, bytes, &acked, probe->err));
    return acked;
}

bool probe_read(probe_host *probe, uint8_t *ret, size_t size)
{
    const np_bus *bus = &probe->chip->bus;
    bool acked = false;
    probe_note(probe,
               bus->ops->read(bus->self, probe->chip->address, ret, size, &acked, probe->err));
    return acked;
}

void probe_wake(probe_host *probe)
{
    bool is_there = false;
    probe_note(probe, np_atecc_detect(probe->chip, &is_there, probe->err));
    if (!is_there) {
        probe_note(probe,
                   np_error_set(probe->err, NP_ESTATION_TIMEOUT,
                                "the chip at 0x%02x does not wake any more", probe->chip->address));
    }
}

void probe_sleep(probe_host *probe)
{
    probe_note(probe, np_atecc_sleep(probe->chip, probe->err));
}

static probe_reply decode(np_bytes read)
{
    probe_reply reply = {0};
    np_bytes data;
    if (!np_atecc_decode_response(read, &data)) {
        return reply;
    }
    reply.is_answered = true;
    reply.status = data.len == 1 ? data.data[0] : NP_ATECC_SUCCESS;
    reply.len = data.len;
    memcpy(reply.data, data.data, data.len);
    return reply;
}

probe_reply probe_take(probe_host *probe)
{
    uint8_t bytes[NP_ATECC_GROUP_MAX];
    for (unsigned ms = 0; ms < PATIENCE_MS && probe->trouble == NP_OK; ms++) {
        if (probe_read(probe, bytes, sizeof(bytes))) {
            return decode(NP_BYTES(bytes));
        }
        probe_wait_ns(probe, POLL_NS);
    }
    return (probe_reply){0};
}

bool probe_send(probe_host *probe, const np_atecc_command *command)
{
    uint8_t bytes[1 + NP_ATECC_GROUP_MAX] = {NP_ATECC_WORD_COMMAND};
    np_writer group = np_writer_of(bytes + 1, sizeof(bytes) - 1);
    np_atecc_encode_command(command, &group);
    probe_wake(probe);
    return probe->trouble == NP_OK && probe_write(probe, np_bytes_of(bytes, 1 + group.len));
}

probe_reply probe_ask(probe_host *probe, const np_atecc_command *command)
{
    return probe_send(probe, command) ? probe_take(probe) : (probe_reply){0};
}

probe_reply probe_call(probe_host *probe, uint8_t opcode, uint8_t p1, uint16_t p2, np_bytes data)
{
    np_atecc_command command = {.opcode = opcode, .p1 = p1, .p2 = p2, .data = data};
    return probe_ask(probe, &command);
}

bool probe_succeeded(const probe_reply *reply)
{
    return reply->is_answered && reply->status == NP_ATECC_SUCCESS;
}

bool probe_give_status(const probe_reply *reply, unsigned *ret_answer)
{
    *ret_answer = reply->status;
    return reply->is_answered;
}

bool probe_give_success(const probe_reply *reply, unsigned *ret_answer)
{
    bool is_refused =
        reply->status == NP_ATECC_EXECUTION_ERROR || reply->status == NP_ATECC_PARSE_ERROR;
    *ret_answer = !is_refused;
    return reply->is_answered && (is_refused || reply->status == NP_ATECC_SUCCESS);
}

bool probe_give_refusal(const probe_reply *reply, unsigned *ret_answer)
{
    bool is_answer = probe_give_success(reply, ret_answer);
    *ret_answer = *ret_answer == 0;
    return is_answer;
}

bool probe_load_temp_key(probe_host *probe)
{
    probe_reply reply = probe_call(probe, NP_ATECC_NONCE, NP_ATECC_NONCE_PASS_THROUGH, 0,
                                   probe_first(NP_ATECC_BLOCK_SIZE));
    return probe_succeeded(&reply);
}

bool probe_draw_temp_key(probe_host *probe)
{
    probe_reply reply =
        probe_call(probe, NP_ATECC_NONCE, NP_ATECC_NONCE_RANDOM, 0, probe_first(NONCE_INPUT));
    return probe_succeeded(&reply);
}

bool probe_read_state(probe_host *probe, size_t byte, uint8_t mask, unsigned *ret_answer)
{
    probe_reply reply = probe_call(probe, NP_ATECC_INFO, INFO_STATE, 0, probe_first(0));
    *ret_answer = (reply.data[byte] & mask) != 0;
    return reply.is_answered && reply.len == 4;
}

bool probe_read_source(probe_host *probe, unsigned *ret_answer)
{
    unsigned is_valid = 0;
    return probe_read_state(probe, 1, PROBE_STATE_VALID, &is_valid) && is_valid != 0 &&
           probe_read_state(probe, 0, PROBE_STATE_SOURCE, ret_answer);
}

/* A message that is there gives a mismatch, one that is not an execution error. */
bool probe_has_message(probe_host *probe, uint8_t mode, unsigned *ret_answer)
{
    probe_reply reply = probe_call(probe, NP_ATECC_VERIFY, mode, NP_ATECC_VERIFY_P256,
                                   NP_BYTES(probe_no_signature));
    *ret_answer = reply.status == NP_ATECC_MISCOMPARE;
    return reply.is_answered && (*ret_answer != 0 || reply.status == NP_ATECC_EXECUTION_ERROR ||
                                 reply.status == NP_ATECC_PARSE_ERROR);
}
