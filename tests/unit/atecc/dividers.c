/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver and 608 parts whose clock is divided (chip mode 28, 68): each command at its longest.
 * The chip's own account of time, its watchdog and its refusals are the judge.
 */
#include "atecc/device.h"
#include "crypto/p256.h"
#include "support/chip_host.h"
#include "support/test.h"

enum { M0 = 0x00, M1 = 0x28, M2 = 0x68, LONG_WATCHDOG = 0x04, MODE_AT = 19 };

static const uint8_t scalar[32] = {0x11, 0x22, 0x33};
static const uint8_t digest[32] = {0x99};

/* Slot 0 has a key; both zones locked, or only the configuration, or neither. */
static void open_mode(chip_host *host, np_atecc *chip, uint8_t mode, unsigned locks)
{
    uint8_t eeprom[NP_EEPROM_SIZE];
    chip_image_blank(NP_ATECC608B, eeprom);
    eeprom[MODE_AT] = mode;
    eeprom[86] = locks > 1 ? 0x00 : 0x55;
    eeprom[87] = locks > 0 ? 0x00 : 0x55;
    memset(eeprom + NP_EEPROM_DATA, 0, 4);
    memcpy(eeprom + NP_EEPROM_DATA + 4, scalar, sizeof(scalar));
    chip_host_open_image(host, NP_ATECC608B, NP_PACE_MAXIMUM, eeprom);
    np_atecc_init(chip, host->wire, host->address);
}

static void learn_mode(np_atecc *chip)
{
    uint8_t config[32];
    np_error err;
    assert_ok(np_atecc_read_config(chip, 0, sizeof(config), config, &err), &err);
}

/* What the chip has worked since the last call, in milliseconds. */
static uint64_t worked_ms(const chip_host *host, uint64_t *before_ns)
{
    uint64_t now_ns = np_virtual_chip_busy_ns(host->chip);
    uint64_t worked = (now_ns - *before_ns) / 1000000;
    *before_ns = now_ns;
    return worked;
}

static bool is_signature(const uint8_t *point, const uint8_t *signature)
{
    bool is_valid = false;
    assert_int_equal(np_p256_verify(point, digest, signature, &is_valid, NULL), NP_OK);
    return is_valid;
}

/* Published maxima (exec_times_ms.csv) of GenKey, Sign with its Nonce, and Verify with its. */
typedef struct pace_row {
    uint8_t mode;
    uint64_t genkey_ms;
    uint64_t sign_ms;
    uint64_t verify_ms;
} pace_row;

static const pace_row paces[] = {
    {M0, 115, 20 + 115, 20 + 105},
    {M1, 215, 20 + 220, 20 + 295},
    {M2, 653, 20 + 665, 20 + 1085},
    {M0 | LONG_WATCHDOG, 115, 20 + 115, 20 + 105},
    {M1 | LONG_WATCHDOG, 215, 20 + 220, 20 + 295},
    {M2 | LONG_WATCHDOG, 653, 20 + 665, 20 + 1085},
};

static void every_command_is_waited_for_at_each_divider(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(paces); i++) {
        uint8_t point[64], signature[64];
        uint64_t before_ns = 0;
        bool is_good = false;
        chip_host host;
        np_atecc chip;
        np_error err;
        open_mode(&host, &chip, paces[i].mode, 2);
        learn_mode(&chip);
        worked_ms(&host, &before_ns);
        for (unsigned round = 0; round < 3; round++) {
            assert_ok(np_atecc_genkey_public(&chip, 0, point, &err), &err);
            assert_int_equal(worked_ms(&host, &before_ns), paces[i].genkey_ms);
            assert_ok(np_atecc_sign(&chip, 0, digest, signature, &err), &err);
            assert_int_equal(worked_ms(&host, &before_ns), paces[i].sign_ms);
            assert_true(is_signature(point, signature));
            assert_ok(np_atecc_verify(&chip, point, digest, signature, &is_good, &err), &err);
            assert_int_equal(worked_ms(&host, &before_ns), paces[i].verify_ms);
            assert_true(is_good);
        }
        /* Neither did the watchdog bite nor did the chip refuse for lack of time. */
        assert_int_equal(chip.counts.resends, 0);
        chip_host_close(&host);
    }
}

static void a_key_is_made_once_at_each_divider(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(paces); i++) {
        uint8_t point[64], public_half[64];
        chip_host host;
        np_atecc chip;
        np_error err;
        open_mode(&host, &chip, paces[i].mode, 1);
        learn_mode(&chip);
        assert_ok(np_atecc_genkey_create(&chip, 1, point, &err), &err);
        learn_mode(&chip); /* the same answer twice would be asked for again */
        assert_ok(np_atecc_genkey_public(&chip, 1, public_half, &err), &err);
        assert_memory_equal(point, public_half, 64);
        assert_int_equal(chip.counts.resends, 0);
        chip_host_close(&host);
    }
}

/* What the driver has not read it does not know. */
static void a_slow_chip_whose_mode_was_not_read_is_given_up(void **state)
{
    (void)state;
    uint8_t signature[64];
    chip_host host;
    np_atecc chip;
    np_error err;
    open_mode(&host, &chip, M2, 2);
    assert_code(np_atecc_sign(&chip, 0, digest, signature, &err), NP_ESTATION_TIMEOUT);
    learn_mode(&chip);
    assert_ok(np_atecc_sign(&chip, 0, digest, signature, &err), &err);
    chip_host_close(&host);
}

/* Signs until the chip must have slept; how long the driver kept it awake at most. */
static uint64_t longest_session_ms(const chip_host *host, np_atecc *chip)
{
    uint8_t signature[64];
    uint64_t longest_ns = 0;
    np_error err;
    for (unsigned i = 0; i < 60; i++) {
        assert_ok(np_atecc_sign(chip, 0, digest, signature, &err), &err);
        uint64_t age_ns = host->bus.now_ns - chip->woke_ns;
        longest_ns = age_ns > longest_ns ? age_ns : longest_ns;
    }
    return longest_ns / 1000000;
}

static void sessions_are_as_long_as_the_watchdog_allows(void **state)
{
    (void)state;
    static const struct {
        uint8_t mode;
        uint64_t least_ms;
        uint64_t most_ms;
    } rows[] = {
        {M0, 300, 650},
        {M1, 240, 650},
        {M2, 685, 700}, /* Nonce and Sign alone: below the shortest watchdog */
        {M2 | LONG_WATCHDOG, 3000, 5000},
    };
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        chip_host host;
        np_atecc chip;
        open_mode(&host, &chip, rows[i].mode, 2);
        learn_mode(&chip);
        assert_in_range(longest_session_ms(&host, &chip), rows[i].least_ms, rows[i].most_ms);
        assert_int_equal(chip.counts.resends, 0);
        chip_host_close(&host);
    }
}

/* The long watchdog counts from the next wake; until then the old limit holds. */
static void a_mode_that_was_written_waits_for_the_next_wake(void **state)
{
    (void)state;
    uint8_t word[4] = {0xc0, 0x00, 0x00, M0 | LONG_WATCHDOG}, config[4];
    chip_host host;
    np_atecc chip;
    np_error err;
    open_mode(&host, &chip, M0, 0);
    learn_mode(&chip);
    assert_ok(np_atecc_write(&chip, NP_ATECC_ZONE_CONFIG, 4, NP_BYTES(word), &err), &err);
    size_t at = 16;
    for (; chip.counts.sessions == 1; at ^= 4) {
        assert_ok(np_atecc_read_config(&chip, at, 4, config, &err), &err);
        assert_true(chip.counts.sessions > 1 ||
                    host.bus.now_ns - chip.woke_ns <= UINT64_C(650000000));
    }
    for (; host.bus.now_ns - chip.woke_ns < UINT64_C(3000000000); at ^= 4) {
        assert_ok(np_atecc_read_config(&chip, at, 4, config, &err), &err);
    }
    assert_int_equal(chip.counts.sessions, 2);
    assert_int_equal(chip.counts.resends, 0);
    chip_host_close(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_is_waited_for_at_each_divider),
        cmocka_unit_test(a_key_is_made_once_at_each_divider),
        cmocka_unit_test(a_slow_chip_whose_mode_was_not_read_is_given_up),
        cmocka_unit_test(sessions_are_as_long_as_the_watchdog_allows),
        cmocka_unit_test(a_mode_that_was_written_waits_for_the_next_wake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
