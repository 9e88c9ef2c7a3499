/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the policy says against what the virtual chip does, for every configuration that was read
 * from a real chip or is in a test suite, for every slot and command.
 */
#include "psa/policy.h"

#include "atecc/device.h"
#include "base/format.h"
#include "support/chip_host.h"
#include "support/test.h"
#include "support/vectors.h"

enum { PAD = 4, CONFIGURATIONS = 12 };

static const unsigned commands[] = {
    PSA_COMMAND_PUBLIC, PSA_COMMAND_SIGN,  PSA_COMMAND_AGREE,
    PSA_COMMAND_READ,   PSA_COMMAND_WRITE, PSA_COMMAND_GENKEY,
};

static np_atecc device;

static bool executes(unsigned slot, unsigned command)
{
    static const uint8_t digest[32] = {1};
    uint8_t out[96];
    uint8_t peer[64];
    np_code code = NP_OK;
    np_error err;
    switch (command) {
    case PSA_COMMAND_GENKEY:
        code = np_atecc_genkey_create(&device, slot, out, &err);
        break;
    case PSA_COMMAND_PUBLIC:
        code = np_atecc_genkey_public(&device, slot, out, &err);
        break;
    case PSA_COMMAND_SIGN:
        code = np_atecc_sign(&device, slot, digest, out, &err);
        break;
    case PSA_COMMAND_AGREE:
        /* the generator of P-256, SEC 2 */
        vector_hex("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
                   "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
                   peer, sizeof(peer));
        code = np_atecc_agree(&device, slot, peer, out, &err);
        break;
    case PSA_COMMAND_READ:
        code = np_atecc_read_slot(&device, slot, 72, out, &err);
        break;
    default:
        code = np_atecc_write(&device, NP_ATECC_ZONE_DATA, np_atecc_slot_address(slot, 0),
                              np_bytes_of((uint8_t[32]){0}, 32), &err);
        break;
    }
    /* whatever cannot be delivered is refused, or an answer of another length */
    assert_true(code == NP_OK || code == NP_EDEVICE_STATUS || code == NP_EDEVICE_ANSWER);
    return code == NP_OK;
}

/* Reading and writing are no business of private slots; the policy says more than the chip there.
 */
static bool is_about_shape(np_psa_reason reason)
{
    return reason == NP_PSA_TOO_SMALL || reason == NP_PSA_IS_PRIVATE || reason == NP_PSA_NOT_P256;
}

static void compare(const psa_facts *facts, unsigned slot, unsigned command, const char *name)
{
    np_psa_reason reason = psa_policy_commands(facts, slot, command);
    bool is_stored = command == PSA_COMMAND_READ || command == PSA_COMMAND_WRITE;
    if (reason == NP_PSA_DATA_OPEN || reason == NP_PSA_LIMITED ||
        (is_stored && is_about_shape(reason))) {
        return;
    }
    if (executes(slot, command) != (reason == NP_PSA_YES)) {
        fail_msg("%s, slot %u, command %02x: the policy says '%s', the chip does not", name, slot,
                 command, np_psa_reason_words(reason));
    }
}

/* Live keys in all private slots, so that it is the configuration which refuses. */
static void put_keys(uint8_t *eeprom)
{
    for (unsigned slot = 0; slot < NP_ATECC_SLOT_COUNT; slot++) {
        uint8_t *at = eeprom + NP_EEPROM_DATA + np_atecc_slot_offset(slot);
        memset(at, 0, np_atecc_slot_size(slot));
        at[PAD + 31] = (uint8_t)(slot + 2);
    }
}

static void compare_all(const char *name, const char *device_name, const char *hex, bool locks)
{
    uint8_t eeprom[NP_EEPROM_SIZE];
    psa_facts facts = {0};
    chip_host host;
    memset(eeprom, 0, sizeof(eeprom));
    vector_hex(hex, eeprom + NP_EEPROM_CONFIG, NP_ATECC_CONFIG_SIZE);
    if (locks) {
        memset(eeprom + NP_EEPROM_CONFIG + NP_CONFIG_LOCK_VALUE, NP_ATECC_LOCKED, 2);
    }
    put_keys(eeprom);
    memcpy(facts.config, eeprom + NP_EEPROM_CONFIG, sizeof(facts.config));
    facts.model = strstr(device_name, "508") != NULL ? NP_ATECC508A : NP_ATECC608B;
    chip_host_open_image(&host, facts.model, NP_PACE_TYPICAL, eeprom);
    np_atecc_init(&device, host.wire, (uint8_t)(facts.config[NP_CONFIG_I2C_ADDRESS] >> 1));
    for (unsigned slot = 0; slot < NP_ATECC_SLOT_COUNT; slot++) {
        for (size_t i = 0; i < NP_COUNT_OF(commands); i++) {
            compare(&facts, slot, commands[i], name);
        }
    }
    chip_host_close(&host);
}

static void the_policy_says_yes_exactly_when_the_chip_executes(void **state)
{
    (void)state;
    vector_csv rows;
    unsigned count = 0;
    vector_csv_open(&rows, "atecc/config_dumps.csv");
    while (vector_csv_next(&rows)) {
        compare_all(rows.fields[0], rows.fields[1], rows.fields[3], false);
        compare_all(rows.fields[0], rows.fields[1], rows.fields[3], true);
        count++;
    }
    vector_csv_close(&rows);
    assert_int_equal(count, CONFIGURATIONS);
}

/* The configuration of a slot that allows everything: 87 20, 33 00, both zones locked. */
static psa_facts open_handed(void)
{
    psa_facts facts = {.model = NP_ATECC608B};
    memset(facts.config + NP_CONFIG_SLOT_LOCKED, 0xff, 2);
    for (size_t i = 0; i < 32; i += 2) {
        memcpy(facts.config + NP_CONFIG_SLOT_CONFIG + i, (uint8_t[]){0x87, 0x20}, 2);
        memcpy(facts.config + NP_CONFIG_KEY_CONFIG + i, (uint8_t[]){0x33, 0x00}, 2);
    }
    return facts;
}

static np_psa_request request_of(np_psa_method method)
{
    return (np_psa_request){.method = method,
                            .key_id = 18,
                            .lifetime = NP_PSA_LIFETIME,
                            .type = NP_PSA_TYPE_P256_PAIR,
                            .bits = 256,
                            .usage = NP_PSA_USAGE_SIGN,
                            .algorithm = NP_PSA_ALG_ECDSA_SHA_256};
}

static np_psa_status status_of(np_psa_request request)
{
    psa_facts facts = open_handed();
    return np_psa_reason_status(psa_policy_slot(&facts, &request, 2));
}

/* One field changed, and the status that the specs ask for. */
static void requests_that_no_chip_fulfils_get_their_status(void **state)
{
    (void)state;
    const np_psa_request good = request_of(NP_PSA_GENERATE);
    const struct {
        size_t offset;
        uint32_t value;
        np_psa_status status;
    } rows[] = {
        {offsetof(np_psa_request, lifetime), 0x101, 0},
        {offsetof(np_psa_request, lifetime), 0xf0, -135},
        {offsetof(np_psa_request, lifetime), 0x1ff, -135},
        {offsetof(np_psa_request, lifetime), 0x201, -135},
        {offsetof(np_psa_request, lifetime), 0x100, 0},
        {offsetof(np_psa_request, lifetime), 0x1f0, 0},
        {offsetof(np_psa_request, usage), 0x1401, -133},
        {offsetof(np_psa_request, usage), 0x1402, -133},
        {offsetof(np_psa_request, usage), 0x1500, -134},
        {offsetof(np_psa_request, usage), 0x5400, 0},
        {offsetof(np_psa_request, algorithm), 0x06000709, -134}, /* deterministic */
        {offsetof(np_psa_request, algorithm), 0x0600060a, -134}, /* SHA-384 */
        {offsetof(np_psa_request, algorithm), 0x06000600, 0},
        {offsetof(np_psa_request, algorithm_2), 0x09020000, 0},
        {offsetof(np_psa_request, algorithm_2), 0x06000709, -134},
        {offsetof(np_psa_request, method), NP_PSA_REGISTER, 0},
        {offsetof(np_psa_request, method), NP_PSA_IMPORT, -134},
        {offsetof(np_psa_request, method), NP_PSA_COPY, -134},
    };
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        np_psa_request request = good;
        memcpy((uint8_t *)&request + rows[i].offset, &rows[i].value, sizeof(rows[i].value));
        assert_int_equal(status_of(request), rows[i].status);
    }
    np_psa_request other = good;
    other.type = 0x7117;
    assert_int_equal(status_of(other), -134);
    other = good;
    other.bits = 384;
    assert_int_equal(status_of(other), -134);
    other.bits = 0;
    assert_int_equal(status_of(other), -134);
    psa_facts facts = open_handed();
    assert_int_equal(psa_policy_slot(&facts, &good, 16), NP_PSA_NO_SUCH_SLOT);
    assert_int_equal(psa_policy_slot(&facts, &good, UINT64_MAX), NP_PSA_NO_SUCH_SLOT);
}

static void every_reason_has_words_and_a_status(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NP_PSA_REASON_COUNT; i++) {
        assert_true(strlen(np_psa_reason_words((np_psa_reason)i)) > 10);
        assert_int_equal(np_psa_reason_status((np_psa_reason)i) == 0, i == NP_PSA_YES);
    }
    assert_string_equal(np_psa_reason_words(NP_PSA_REASON_COUNT), "unknown");
    assert_int_equal(np_psa_reason_status(NP_PSA_REASON_COUNT), -132);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_policy_says_yes_exactly_when_the_chip_executes),
        cmocka_unit_test(requests_that_no_chip_fulfils_get_their_status),
        cmocka_unit_test(every_reason_has_words_and_a_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
