/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Around the example's programs: chips of virtual: URIs in their own process, and a power cut at a
 * chosen step. Steps are writes on the bus and changes of the store; each counts before and after.
 * With NP_CUT_AT=N the program is gone at step N, without a chance to tidy up; the virtual chip's
 * file has what the chip would have. With NP_COUNT=FILE the number of steps is left there, with
 * NP_UNPLUGGED no chip answers.
 */
#include "link/link.h"
#include <nameplate/mbedtls/psa/internal_trusted_storage.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { STATUS_OF_A_CUT = 77 };

static unsigned steps;

static void leave_count(void)
{
    const char *path = getenv("NP_COUNT");
    FILE *file = path != NULL ? fopen(path, "w") : NULL;
    if (file != NULL) {
        fprintf(file, "%u\n", steps);
        fclose(file);
    }
}

static void step(void)
{
    const char *at = getenv("NP_CUT_AT");
    if (steps == 0) {
        atexit(leave_count);
    }
    steps++;
    if (at != NULL && strtoul(at, NULL, 10) == steps) {
        _exit(STATUS_OF_A_CUT);
    }
}

static np_bus real;

static np_code cut_write(void *self, uint8_t address, np_bytes data, bool *ret_acked, np_error *err)
{
    *ret_acked = false;
    if (getenv("NP_UNPLUGGED") != NULL) {
        return NP_OK;
    }
    step();
    np_code code = real.ops->write(self, address, data, ret_acked, err);
    step();
    return code;
}

np_bus __wrap_np_link_bus(np_link *link);
np_bus __real_np_link_bus(np_link *link);

np_bus __wrap_np_link_bus(np_link *link)
{
    static np_bus_ops ops;
    real = __real_np_link_bus(link);
    ops = *real.ops;
    ops.write = cut_write;
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

psa_status_t __wrap_psa_its_set(psa_storage_uid_t uid, uint32_t data_length, const void *p_data,
                                psa_storage_create_flags_t create_flags);
psa_status_t __real_psa_its_set(psa_storage_uid_t uid, uint32_t data_length, const void *p_data,
                                psa_storage_create_flags_t create_flags);

psa_status_t __wrap_psa_its_set(psa_storage_uid_t uid, uint32_t data_length, const void *p_data,
                                psa_storage_create_flags_t create_flags)
{
    step();
    psa_status_t status = __real_psa_its_set(uid, data_length, p_data, create_flags);
    step();
    return status;
}

psa_status_t __wrap_psa_its_remove(psa_storage_uid_t uid);
psa_status_t __real_psa_its_remove(psa_storage_uid_t uid);

psa_status_t __wrap_psa_its_remove(psa_storage_uid_t uid)
{
    step();
    psa_status_t status = __real_psa_its_remove(uid);
    step();
    return status;
}
