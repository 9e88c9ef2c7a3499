/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of a served chip from either side: whatever is accepted is encoded again to the same
 * bytes, nothing points outside the input.
 */
#include "link/socket_message.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static bool is_inside(np_bytes outer, np_bytes inner)
{
    return inner.len == 0 ||
           (inner.data >= outer.data && inner.data + inner.len <= outer.data + outer.len);
}

static void read_request(np_bytes message)
{
    np_reader reader = np_reader_of(message);
    socket_step step;
    while (reader.rest.len > 0) {
        np_bytes before = reader.rest;
        if (!socket_decode_step(&reader, &step)) {
            return;
        }
        uint8_t again[SOCKET_TRANSFER_MAX + 16];
        np_writer writer = np_writer_of(again, sizeof(again));
        require(is_inside(message, step.data));
        socket_encode_step(&step, &writer);
        size_t used = before.len - reader.rest.len;
        require(np_bytes_equal(np_writer_bytes(&writer), np_bytes_of(before.data, used)));
    }
}

static void read_greeting(np_bytes message)
{
    socket_greeting greeting;
    if (socket_decode_greeting(message, &greeting)) {
        require(greeting.time < SOCKET_TIME_COUNT && greeting.clock_hz > 0);
        require(message.len == SOCKET_GREETING_SIZE);
    }
}

/* As a reply to a write and two reads. */
static void read_reply(np_bytes message)
{
    static const socket_step steps[] = {{.kind = SOCKET_WRITE},
                                        {.kind = SOCKET_READ, .size = 4},
                                        {.kind = SOCKET_READ, .size = 67}};
    np_reader reader = np_reader_of(message);
    socket_status status;
    uint64_t now_ns;
    bool is_acked;
    np_bytes data;
    if (!socket_decode_reply_head(&reader, &status, &now_ns)) {
        return;
    }
    for (size_t i = 0; i < NP_COUNT_OF(steps); i++) {
        if (!socket_decode_result(&reader, &steps[i], &is_acked, &data)) {
            return;
        }
        require(is_inside(message, data));
        require(data.len == (is_acked ? steps[i].size : 0));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    np_bytes message = np_bytes_of(data, size);
    read_request(message);
    read_greeting(message);
    read_reply(message);
    return 0;
}
