/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/probe.h"

enum { POLL_NS = 1000000, PATIENCE_MS = 2500 /* the longest command of any clock divider */ };

static void note(probe_host *probe, np_code code)
{
    if (probe->trouble == NP_OK) {
        probe->trouble = code;
    }
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
    note(probe, bus->ops->write(bus->self, probe->chip->address, bytes, &acked, probe->err));
    return acked;
}

bool probe_read(probe_host *probe, uint8_t *ret, size_t size)
{
    const np_bus *bus = &probe->chip->bus;
    bool acked = false;
    note(probe, bus->ops->read(bus->self, probe->chip->address, ret, size, &acked, probe->err));
    return acked;
}

void probe_wake(probe_host *probe)
{
    bool is_there = false;
    note(probe, np_atecc_detect(probe->chip, &is_there, probe->err));
    if (!is_there) {
        note(probe,
             np_error_set(probe->err, NP_ESTATION_TIMEOUT,
                          "the chip at 0x%02x does not wake any more", probe->chip->address));
    }
}

void probe_sleep(probe_host *probe)
{
    note(probe, np_atecc_sleep(probe->chip, probe->err));
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

probe_reply probe_ask(probe_host *probe, const np_atecc_command *command)
{
    uint8_t bytes[1 + NP_ATECC_GROUP_MAX] = {NP_ATECC_WORD_COMMAND};
    np_writer group = np_writer_of(bytes + 1, sizeof(bytes) - 1);
    np_atecc_encode_command(command, &group);
    probe_wake(probe);
    if (!probe_write(probe, np_bytes_of(bytes, 1 + group.len))) {
        return (probe_reply){0};
    }
    return probe_take(probe);
}
