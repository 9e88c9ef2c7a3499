/* SPDX-License-Identifier: Apache-2.0 */
#include "station/config.h"

#include "support/test.h"

#define MINIMUM "key = \"k\"\nrecord = \"r\"\nsigner {\n certificate = \"c\"\n key = \"s\"\n}\n"
#define BAY     "bay \"1\" { chip = \"virtual:1.np\" }\n"

static np_station_config config;

static void a_line_of_chips_is_read_with_its_presets(void **state)
{
    np_error err = {0};
    (void)state;
    assert_ok(np_station_config_parse(np_bytes_text(MINIMUM BAY), "s.conf", &config, &err), &err);
    assert_string_equal(config.key, "k");
    assert_string_equal(config.record, "r");
    assert_string_equal(config.signer.certificate, "c");
    assert_string_equal(config.signer.key, "s");
    assert_string_equal(config.name, "");
    assert_string_equal(config.chip.layout, "nerveskey");
    assert_true(config.product.serials.is_scanned);
    assert_int_equal(config.product.first, 1);
    assert_int_equal(config.policy.on_conflict, NP_CONFLICT_FAIL);
    assert_int_equal(config.policy.retries, 1);
    assert_int_equal(config.policy.stop_after, 3);
    assert_int_equal(config.policy.poll_ms, 500);
    assert_int_equal(config.test.timeout_s, 10);
    assert_int_equal(config.modem.sectag, 16842753);
    assert_string_equal(config.modem.profile, "nrf-2026");
    assert_int_equal(config.modem.days, 3650);
    assert_int_equal(config.bay_count, 1);
    assert_string_equal(config.bays[0].name, "1");
    assert_string_equal(config.bays[0].chip, "virtual:1.np");
    assert_string_equal(config.bays[0].modem, "");
    assert_true(config.has_chip);
    assert_false(config.has_modem);
    assert_false(config.product.label_scan_back);
    assert_int_equal(config.policy.rescans, 2);
}

/* Every key, with a value that no other has. */
static const char everything[] =
    MINIMUM "name = \"st07\"\nlisten = \"127.0.0.1:8600\"\nevents = \"e.sock\"\n"
            "authorization { file = \"a\" authority = \"b\" registry = \"c\" }\n"
            "product { name = \"n\" serial = \"T2-{6}\" first = 5 batch = \"b\"\n"
            "  tags = {\"x\", \"y\"} label = \"l\" label_output = \"o\"\n"
            "  label_scan_back = on }\n"
            "chip { layout = \"application\" board = \"d\" user_data = \"u\"\n"
            "  verify = {challenge, \"time\"} }\n"
            "modem { sectag = 7 root = \"r\" coap = true profile = \"p\" days = 9\n"
            "  local = yes journals = \"j\" pins = \"k\" only_pinned = on }\n"
            "test { gateway = \"h:1\" ca = \"ca\" timeout_s = 3 }\n"
            "policy { on_conflict = replace retries = 4 rescans = 6 stop_after = 0 poll_ms = 20 }\n"
            "sync { to = \"t\" organisation = \"g\" every_s = 60 timeout_s = 9 }\n"
            "bay \"a\" { chip = \"i2c:/dev/i2c-1\" modem = \"serial:/dev/ttyACM0\" }\n"
            "bay \"b\" { chip = \"i2c:/dev/i2c-2\" modem = \"serial:/dev/ttyACM1\" }\n";

typedef struct place_row {
    size_t offset;
    const char *text; /* NULL: a number */
    unsigned number;
} place_row;

#define TEXT(place, text)                                                                          \
    {                                                                                              \
        offsetof(np_station_config, place), text, 0                                                \
    }
#define NUMBER(place, number)                                                                      \
    {                                                                                              \
        offsetof(np_station_config, place), NULL, number                                           \
    }

static const place_row places[] = {
    TEXT(name, "st07"),
    TEXT(listen, "127.0.0.1:8600"),
    TEXT(events, "e.sock"),
    TEXT(authorization.file, "a"),
    TEXT(authorization.authority, "b"),
    TEXT(authorization.registry, "c"),
    TEXT(product.name, "n"),
    TEXT(product.serials.before, "T2-"),
    NUMBER(product.first, 5),
    TEXT(product.batch, "b"),
    TEXT(product.tags[1], "y"),
    NUMBER(product.tag_count, 2),
    TEXT(product.label, "l"),
    TEXT(product.label_output, "o"),
    TEXT(chip.layout, "application"),
    TEXT(chip.board, "d"),
    TEXT(chip.user_data, "u"),
    TEXT(chip.verify[1], "time"),
    NUMBER(chip.verify_count, 2),
    NUMBER(modem.sectag, 7),
    TEXT(modem.root, "r"),
    TEXT(modem.profile, "p"),
    NUMBER(modem.days, 9),
    TEXT(modem.journals, "j"),
    TEXT(modem.pins, "k"),
    TEXT(test.gateway, "h:1"),
    TEXT(test.ca, "ca"),
    NUMBER(test.timeout_s, 3),
    NUMBER(policy.on_conflict, NP_CONFLICT_REPLACE),
    NUMBER(policy.retries, 4),
    NUMBER(policy.rescans, 6),
    NUMBER(policy.stop_after, 0),
    NUMBER(policy.poll_ms, 20),
    TEXT(sync.to, "t"),
    TEXT(sync.organisation, "g"),
    NUMBER(sync.every_s, 60),
    NUMBER(sync.timeout_s, 9),
    NUMBER(bay_count, 2),
    TEXT(bays[1].modem, "serial:/dev/ttyACM1"),
};

static void every_key_has_its_place(void **state)
{
    np_error err = {0};
    (void)state;
    assert_ok(np_station_config_parse(np_bytes_text(everything), "s.conf", &config, &err), &err);
    for (size_t i = 0; i < NP_COUNT_OF(places); i++) {
        const char *at = (const char *)&config + places[i].offset;
        unsigned number;
        memcpy(&number, at, sizeof(number));
        if (places[i].text == NULL ? number != places[i].number : strcmp(at, places[i].text) != 0) {
            fail_msg("place %zu", i);
        }
    }
    assert_true(config.modem.coap && config.modem.is_local);
    assert_true(config.has_chip && config.has_modem);
}

typedef struct error_row {
    const char *text;
    const char *message;
} error_row;

/* Each with file and line. */
static const error_row errors[] = {
    {"", "s.conf:1: the file is empty"},
    {MINIMUM, "there is no bay: bay \"1\""},
    {"record = \"r\"\n" BAY, "key is missing"},
    {"key = \"k\"\nrecord = \"r\"\nsigner { certificate = \"c\" }\n" BAY, "signer.key is missing"},
    {"key = \"k\"\nrecord = \"r\"\n" BAY, "signer.certificate is missing"},
    {MINIMUM "kee = \"k\"\n" BAY, "s.conf:7: no such option 'kee'"},
    {MINIMUM "policy {\n retries = 101\n}\n" BAY, "s.conf:8: retries takes 0 to 100, not 101"},
    {MINIMUM "policy {\n retries = many\n}\n" BAY, "s.conf:8: invalid integer value"},
    {MINIMUM "policy { on_conflict = ask }\n" BAY,
     "s.conf:7: on_conflict takes fail, keep or replace, not 'ask'"},
    {MINIMUM "product { serial = \"T2\" }\n" BAY, "s.conf:7: serial takes scan, or a text with"},
    {MINIMUM "product { tags = {\"\"} }\n" BAY, "s.conf:7: tags takes a text of 1 to 63 bytes"},
    {MINIMUM "chip { verify = {\"everything\"} }\n" BAY, "s.conf:7: verify takes layout, locks"},
    {MINIMUM "listen = \"8600\"\n" BAY, "s.conf:7: listen takes an address and a port"},
    {MINIMUM "test { gateway = \"here\" }\n" BAY, "s.conf:7: gateway takes a host and a port"},
    {MINIMUM "sync { every_s = 5 }\n" BAY, "sync.every_s needs sync.to"},
    {MINIMUM "modem { only_pinned = on }\n" BAY, "modem.only_pinned needs modem.pins"},
    {MINIMUM "product { label_scan_back = on }\n" BAY,
     "product.label_scan_back needs product.label"},
    {MINIMUM "authorization { registry = \"x\" }\n" BAY, "are of an authorization.file"},
    {MINIMUM "bay \"1\" { }\n", "s.conf:7: bay \"1\" has neither a chip nor a modem"},
    {MINIMUM "bay \"\" { chip = \"x\" }\n", "s.conf:7: bay takes a name of 1 to 63 bytes"},
    {MINIMUM BAY "bay \"1\" { chip = \"x\" }\n", "s.conf:8: "},
    {MINIMUM BAY "bay \"2\" { chip = \"virtual:1.np\" }\n", "two bays have virtual:1.np"},
    {MINIMUM BAY "bay \"2\" { modem = \"virtual:2.np\" }\n", "bay \"1\" has other parts than"},
    {MINIMUM "name = \"\"\n" BAY, "s.conf:7: name takes a text of 1 to 63 bytes"},
};

static void an_error_has_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(errors); i++) {
        np_error err = {0};
        np_code code =
            np_station_config_parse(np_bytes_text(errors[i].text), "s.conf", &config, &err);
        if (code != NP_EINPUT_FORMAT || strstr(err.message, errors[i].message) == NULL ||
            strncmp(err.message, "s.conf:", 7) != 0) {
            fail_msg("%s: %s, %s", errors[i].text, np_code_name(code), err.message);
        }
    }
}

/* Whoever writes an example from the table writes one that is read. */
static void the_examples_of_all_keys_are_good(void **state)
{
    static char text[8192];
    const char *section = "";
    np_error err = {0};
    size_t len = 0;
    (void)state;
    for (size_t i = 0; i < np_station_keys.count; i++) {
        const np_config_key *key = &np_station_keys.rows[i];
        if (strcmp(key->section, section) != 0) {
            len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s%s {\n",
                                    section[0] == '\0' ? "" : "}\n", key->section,
                                    strcmp(key->section, "bay") == 0 ? " \"1\"" : "");
            section = key->section;
        }
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s = %s # %s\n", key->name,
                                key->example, key->what);
    }
    (void)snprintf(text + len, sizeof(text) - len, "}\n");
    assert_ok(np_station_config_parse(np_bytes_text(text), "s.conf", &config, &err), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_of_chips_is_read_with_its_presets),
        cmocka_unit_test(every_key_has_its_place),
        cmocka_unit_test(an_error_has_its_line),
        cmocka_unit_test(the_examples_of_all_keys_are_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
