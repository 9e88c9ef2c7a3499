/* SPDX-License-Identifier: Apache-2.0 */
#include "support/disturbed.h"

#include "support/test.h"
#include "x509/verify.h"

enum { TRANSACTIONS_LEAST = 150, CHAIN_TRANSACTIONS = 180 };

void disturbed_close(factory *line)
{
    factory_close(line);
    free(line);
}

uint64_t disturbed_delay_ns(uint64_t seed)
{
    static const uint64_t delays_ms[] = {3, 60, 400, 2500};
    return delays_ms[seed % NP_COUNT_OF(delays_ms)] * 1000000;
}

void disturbed_set_fault(factory *line, np_fault_kind kind, uint64_t transaction, uint64_t seed)
{
    line->bus.counts = (np_virtual_bus_counts){0};
    line->bus.fault_happened = false;
    line->bus.fault = (np_fault){.kind = kind,
                                 .transaction = transaction,
                                 .seed = seed,
                                 .delay_ns = disturbed_delay_ns(seed)};
}

bool disturbed_is_lost(const factory *line)
{
    const uint8_t *config = np_virtual_chip_eeprom(line->chip) + NP_EEPROM_CONFIG;
    return np_lock_state_of(config[NP_CONFIG_LOCK_VALUE]) == NP_LOCK_TORN ||
           np_lock_state_of(config[NP_CONFIG_LOCK_CONFIG]) == NP_LOCK_TORN;
}

void disturbed_check_key(const factory *line)
{
    np_error err;
    np_certificate device;
    np_p256_key *key = NULL;
    uint8_t point[64];
    bool is_signed = false;
    const np_identity_der *der = &line->result.identity.device;
    assert_ok(np_certificate_parse(np_bytes_of(der->bytes, der->len), &device, &err), &err);
    assert_ok(np_certificate_is_signed_by(&device, line->signing.public_key, &is_signed, &err),
              &err);
    assert_true(is_signed);
    const uint8_t *slot0 = np_virtual_chip_eeprom(line->chip) + NP_EEPROM_DATA;
    assert_ok(np_p256_from_scalar(slot0 + 4, &key, &err), &err);
    np_p256_public(key, point);
    np_p256_free(key);
    assert_memory_equal(point, device.point.data, sizeof(point));
}

void disturbed_check_convergence(const disturbed_course *course, factory *line)
{
    disturbed_set_fault(line, NP_FAULT_NONE, 0, 0);
    np_virtual_bus_power_up(&line->bus);
    if (disturbed_is_lost(line)) {
        assert_code(factory_provision(line), NP_EDEVICE_LOST);
        assert_non_null(strstr(line->err.message, "lost"));
        return;
    }
    assert_ok(factory_provision(line), &line->err);
    course->check_finished(line);
    assert_ok(factory_provision(line), &line->err);
    assert_true(np_plan_is_done(&line->plan));
}

uint64_t disturbed_count(const disturbed_course *course, np_atecc_model model)
{
    factory *line = course->open(model);
    assert_ok(factory_provision(line), &line->err);
    course->check_finished(line);
    uint64_t count = line->bus.counts.transactions;
    assert_in_range(count, TRANSACTIONS_LEAST, DISTURBED_TRANSACTIONS_MAX);
    disturbed_close(line);
    return count;
}

static uint64_t next_random(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random;
}

void disturbed_run_chain(const disturbed_course *course, factory *line, unsigned length,
                         uint64_t *random)
{
    for (unsigned run = 0; run < length; run++) {
        uint64_t drawn = next_random(random);
        np_fault_kind kind = (np_fault_kind)(1 + drawn % (NP_FAULT_KIND_COUNT - 1));
        disturbed_set_fault(line, kind, (drawn >> 8) % CHAIN_TRANSACTIONS, drawn >> 16);
        np_virtual_bus_power_up(&line->bus);
        (void)!factory_provision(line);
    }
    disturbed_check_convergence(course, line);
}
