/* SPDX-License-Identifier: Apache-2.0 */
/* Opening chips, what a fresh one says, and what it refuses. */
#include "bench.h"

#include <sys/stat.h>

static void a_uri_of_no_chip_is_refused(void **state)
{
    const bench *on = *state;
    np_error err;
    np_chip *chip = (np_chip *)&err;
    assert_code(np_chip_open("chip.np", 0, &chip, &err), NP_EUSAGE);
    assert_null(chip);
    assert_code(np_chip_open("", 0, &chip, &err), NP_EUSAGE);
    assert_code(np_chip_open("virtual:", 0, &chip, &err), NP_EUSAGE);
    assert_code(np_chip_open("virtual:/nowhere/chip.np", 0, &chip, &err), NP_EINPUT_MISSING);
    assert_int_equal(np_error_class(NP_EINPUT_MISSING), NP_CLASS_INPUT);
    assert_null(chip);
    (void)on;
}

static void a_foreign_file_is_refused_and_left_alone(void **state)
{
    const bench *on = *state;
    np_error err;
    np_chip *chip = NULL;
    assert_int_equal(program_run(&on->room, "head -c 1448 /dev/zero > chip.np"), 0);
    remember_file(on);
    assert_code(np_chip_open(on->uri, 0, &chip, &err), NP_EINPUT_FORMAT);
    assert_null(chip);
    assert_int_equal(program_run(&on->room, "echo hello > chip.np"), 0);
    remember_file(on);
    assert_code(np_chip_open(on->uri, 0, &chip, NULL), NP_EINPUT_FORMAT);
    assert_file_unchanged(on);
}

static void a_chip_is_open_once(void **state)
{
    const bench *on = *state;
    np_error err;
    np_chip *second = NULL;
    np_chip *chip = open_chip(on);
    assert_code(np_chip_open(on->uri, 0, &second, &err), NP_ESTATION_BUSY);
    close_chip(chip);
    second = open_chip(on);
    np_chip_abandon(second);
    close_chip(open_chip(on));
}

static void closing_nothing_is_fine(void **state)
{
    (void)state;
    np_error err;
    assert_ok(np_chip_close(NULL, &err), &err);
    np_chip_abandon(NULL);
    np_chip_plan_free(NULL);
}

static void a_fresh_chip_says_who_it_is_and_nothing_more(void **state)
{
    const bench *on = *state;
    np_error err;
    np_chip_facts facts;
    np_chip *chip = open_chip(on);
    remember_file(on);
    assert_ok(np_chip_read_facts(chip, &facts, &err), &err);
    close_chip(chip);
    assert_string_equal(facts.model, "atecc608b");
    assert_int_equal(facts.stage, NP_STAGE_BLANK);
    assert_memory_equal(facts.chip_serial, some_serial, sizeof(some_serial));
    assert_false(facts.has_identity);
    assert_false(facts.is_provisioned);
    assert_int_equal(facts.identity_error.code, NP_OK);
    assert_string_equal(facts.serial, "");
    assert_file_unchanged(on);
}

static void a_fresh_chip_has_no_certificates_and_does_not_sign(void **state)
{
    const bench *on = *state;
    np_error err;
    np_chip_certificates certificates;
    static const uint8_t digest[NP_DIGEST_SIZE] = {1};
    uint8_t signature[NP_SIGNATURE_SIZE];
    np_chip *chip = open_chip(on);
    assert_code(np_chip_read_certificates(chip, &certificates, &err), NP_ECONFLICT_OTHER);
    assert_non_null(strstr(err.message, "blank"));
    assert_code(np_chip_sign(chip, digest, signature, &err), NP_EDEVICE_STATUS);
    close_chip(chip);
}

static void a_fresh_chip_fails_its_checks_without_an_error(void **state)
{
    const bench *on = *state;
    np_error err;
    np_chip_verdicts seen;
    np_chip *chip = open_chip(on);
    assert_ok(np_chip_verify(chip, NULL, SOME_TIME, &seen, &err), &err);
    close_chip(chip);
    assert_false(seen.is_good);
    assert_int_equal(seen.verdicts[NP_CHECK_LOCKS], NP_VERDICT_FAILED);
    assert_int_equal(seen.verdicts[NP_CHECK_CHALLENGE], NP_VERDICT_SKIPPED);
    assert_true(strlen(seen.notes[NP_CHECK_LOCKS]) > 0);
}

static void a_virtual_chip_never_replaces_a_file(void **state)
{
    const bench *on = *state;
    remember_file(on);
    assert_code(np_virtual_create(on->path, "atecc608b", some_serial, NULL), NP_EINPUT_EXISTS);
    assert_file_unchanged(on);
}

static void models_and_serials_that_no_part_has_make_no_file(void **state)
{
    const bench *on = *state;
    np_error err;
    char path[PROGRAM_PATH_SIZE + 16];
    uint8_t serial[NP_CHIP_SERIAL_SIZE];
    static const size_t fixed[] = {0, 1, 8};
    snprintf(path, sizeof(path), "%s/new.np", on->room.path);
    assert_code(np_virtual_create(path, "atecc204a", NULL, &err), NP_EUSAGE);
    assert_non_null(strstr(err.hint, "atecc608b"));
    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
        memcpy(serial, some_serial, sizeof(serial));
        serial[fixed[i]] ^= 1;
        assert_code(np_virtual_create(path, "atecc608b", serial, &err), NP_EUSAGE);
    }
    assert_int_equal(program_run(&on->room, "test ! -e new.np"), 0);
    snprintf(path, sizeof(path), "%s/no/chip.np", on->room.path);
    assert_code(np_virtual_create(path, "atecc608b", NULL, &err), NP_ESTATION_IO);
}

static void each_model_comes_with_a_serial_of_its_own(void **state)
{
    const bench *on = *state;
    static const char *const models[] = {"atecc508a", "atecc608a", "atecc608b"};
    np_chip_facts facts[3];
    for (size_t i = 0; i < 3; i++) {
        np_error err;
        struct stat status;
        bench other = *on;
        snprintf(other.path, sizeof(other.path), "%s/%s", on->room.path, models[i]);
        snprintf(other.uri, sizeof(other.uri), "virtual:%s", other.path);
        assert_ok(np_virtual_create(other.path, models[i], NULL, &err), &err);
        assert_int_equal(stat(other.path, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
        np_chip *chip = open_chip(&other);
        assert_ok(np_chip_read_facts(chip, &facts[i], &err), &err);
        close_chip(chip);
        assert_string_equal(facts[i].model, models[i]);
        assert_memory_equal(facts[i].chip_serial, some_serial, 2);
        assert_int_equal(facts[i].chip_serial[8], 0xee);
    }
    assert_memory_not_equal(facts[0].chip_serial, facts[1].chip_serial, NP_CHIP_SERIAL_SIZE);
    assert_memory_not_equal(facts[1].chip_serial, facts[2].chip_serial, NP_CHIP_SERIAL_SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BENCH(a_uri_of_no_chip_is_refused),
        ON_BENCH(a_foreign_file_is_refused_and_left_alone),
        ON_BENCH(a_chip_is_open_once),
        cmocka_unit_test(closing_nothing_is_fine),
        ON_BENCH(a_fresh_chip_says_who_it_is_and_nothing_more),
        ON_BENCH(a_fresh_chip_has_no_certificates_and_does_not_sign),
        ON_BENCH(a_fresh_chip_fails_its_checks_without_an_error),
        ON_BENCH(a_virtual_chip_never_replaces_a_file),
        ON_BENCH(models_and_serials_that_no_part_has_make_no_file),
        ON_BENCH(each_model_comes_with_a_serial_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
