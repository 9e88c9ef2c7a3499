/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Around the example's programs: chips of virtual: URIs in their own process, and what goes wrong
 * on demand. With NP_UNPLUGGED in the environment no chip answers.
 */
#include "bench.h"

#include "atecc/commands.h"
#include "atecc/packet.h"
#include "link/link.h"
#include <stdlib.h>

enum { OPCODE_AT = 2 /* behind the word address and the count */ };

static np_bus real;
static uint8_t opcode;
static uint8_t said;
static void (*while_signing)(void);
static bool has_no_entropy;

void bench_chip_says(uint8_t status)
{
    said = status;
}

void bench_while_signing(void (*call)(void))
{
    while_signing = call;
}

void bench_has_no_entropy(bool none)
{
    has_no_entropy = none;
}

static np_code bench_write(void *self, uint8_t address, np_bytes data, bool *ret_acked,
                           np_error *err)
{
    *ret_acked = false;
    if (getenv("NP_UNPLUGGED") != NULL) {
        return NP_OK;
    }
    bool is_command = data.len > OPCODE_AT && data.data[0] == NP_ATECC_WORD_COMMAND;
    opcode = is_command ? data.data[OPCODE_AT] : opcode;
    if (is_command && opcode == NP_ATECC_SIGN && while_signing != NULL) {
        void (*call)(void) = while_signing;
        while_signing = NULL;
        call();
    }
    return real.ops->write(self, address, data, ret_acked, err);
}

static np_code bench_read(void *self, uint8_t address, uint8_t *ret, size_t size, bool *ret_acked,
                          np_error *err)
{
    np_code code = real.ops->read(self, address, ret, size, ret_acked, err);
    if (said != 0 && opcode == NP_ATECC_SIGN && *ret_acked) {
        np_writer writer = np_writer_of(ret, size);
        np_atecc_encode_response(np_bytes_of(&said, 1), &writer);
        opcode = 0; /* one answer to a command */
    }
    return code;
}

np_bus __wrap_np_link_bus(np_link *link);
np_bus __real_np_link_bus(np_link *link);

np_bus __wrap_np_link_bus(np_link *link)
{
    static np_bus_ops ops;
    real = __real_np_link_bus(link);
    ops = *real.ops;
    ops.write = bench_write;
    ops.read = bench_read;
    np_bus bus = real;
    bus.ops = &ops;
    return bus;
}

np_code __wrap_np_link_open_shared(const char *uri, const np_link_options *options, np_link **ret,
                                   np_error *err);

np_code __wrap_np_link_open_shared(const char *uri, const np_link_options *options, np_link **ret,
                                   np_error *err)
{
    return np_link_open(uri, options, ret, err);
}

int __wrap_mbedtls_platform_entropy_poll(void *self, unsigned char *ret, size_t size,
                                         size_t *ret_len);
int __real_mbedtls_platform_entropy_poll(void *self, unsigned char *ret, size_t size,
                                         size_t *ret_len);

int __wrap_mbedtls_platform_entropy_poll(void *self, unsigned char *ret, size_t size,
                                         size_t *ret_len)
{
    enum { ENTROPY_SOURCE_FAILED = -0x3c };
    return has_no_entropy ? ENTROPY_SOURCE_FAILED
                          : __real_mbedtls_platform_entropy_poll(self, ret, size, ret_len);
}
