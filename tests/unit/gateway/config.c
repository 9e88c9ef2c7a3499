/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/config.h"

#include "support/test.h"

#define MINIMUM "certificate = \"c\"\nkey = \"k\"\n"

static void a_configuration_is_read_with_its_presets(void **state)
{
    np_gateway_config config;
    np_error err = {0};
    char text[NP_ADDRESS_TEXT_SIZE];
    static const char input[] =
        MINIMUM "handshake_ms = 250\nlog = refused\nrefuse_expired_known = true\n"
                "when_unwritable = refuse\n"
                "upstream \"mqtt\" { address = \"unix:/run/mqtt\" proxy = v2 }\n"
                "listen \"[::1]:8883\" { upstream = \"mqtt\" }\nlisten \"127.0.0.1:8443\" {}\n";
    (void)state;
    assert_ok(np_gateway_config_parse(np_bytes_text(input), "g.conf", &config, &err), &err);
    assert_string_equal(config.certificate, "c");
    assert_string_equal(config.registry, "");
    assert_int_equal(config.handshake_ms, 250);
    assert_int_equal(config.idle_ms, 180000);
    assert_int_equal(config.processes, 1);
    assert_int_equal(config.log, NP_LOG_REFUSED);
    assert_true(config.policy.refuses_expired_known);
    assert_true(config.refuses_unwritable);
    assert_int_equal(config.listener_count, 2);
    assert_int_equal(config.listeners[0].upstream, 0);
    assert_int_equal(config.listeners[1].upstream, -1);
    np_address_format(&config.listeners[0].address.storage, text);
    assert_string_equal(text, "[::1]:8883");
    np_address_format(&config.upstreams[0].address.storage, text);
    assert_string_equal(text, "unix:/run/mqtt");
    assert_true(config.upstreams[0].sends_proxy);
}

typedef struct error_row {
    const char *text;
    const char *message;
} error_row;

/* Each with file and line. */
static const error_row errors[] = {
    {"", "g.conf:1: the file is empty"},
    {MINIMUM "listen \"x\" {}", "g.conf:3: listen takes an address and a port"},
    {MINIMUM "listen \"1.2.3.4\" {}", "g.conf:3: listen takes an address and a port"},
    {MINIMUM "listen \"1.2.3.4:65536\" {}", "g.conf:3: listen takes"},
    {MINIMUM "listen \"unix:/x\" {}", "g.conf:3: listen takes"},
    {MINIMUM, "nothing says where to listen"},
    {"key = \"k\"\nlisten \"1.2.3.4:1\" {}\n", "certificate is missing"},
    {MINIMUM "\nprocesses = 0\n", "g.conf:4: processes takes 1 to 256, not 0"},
    {MINIMUM "processes = many\n", "g.conf:3: invalid integer value"},
    {MINIMUM "procesess = 1\n", "g.conf:3: no such option 'procesess'"},
    {MINIMUM "\"\" = 1\n", "g.conf:3: "},
    {MINIMUM "log = loud\n", "g.conf:3: log takes all, refused or none, not 'loud'"},
    {MINIMUM "when_unwritable = wait\n", "g.conf:3: when_unwritable takes serve_known or refuse"},
    {MINIMUM "upstream \"a\" { address = \"nowhere\" }",
     "g.conf:3: address takes \"192.0.2.1:1883\""},
    {MINIMUM "upstream \"a\" { address = \"1.2.3.4:5\" proxy = v1 }", "proxy takes v2 or none"},
    {MINIMUM
     "upstream \"a\" { address = \"1.2.3.4:5\" }\nupstream \"a\" { address = \"1.2.3.4:6\" }",
     "g.conf:4: "},
    {MINIMUM "listen \"1.2.3.4:5\" { upstream = \"b\" }", "there is no upstream \"b\""},
    {MINIMUM "management { listen = \"x\" }", "g.conf:3: listen takes \"127.0.0.1:8444\""},
    {MINIMUM "management { }", "g.conf:3: management.listen is missing"},
    {MINIMUM "management { listen = \"0.0.0.0:1\" }",
     "tokens do not go over a network unprotected"},
    {MINIMUM "management { listen = \"[::]:1\" }", "tokens do not go over a network unprotected"},
    {MINIMUM "management { listen = \"[::1]:1\" key = \"k\" }",
     "certificate and key belong together"},
    {MINIMUM "management { listen = \"[::1]:1\" connections = 0 }",
     "connections takes 1 to 100000"},
    {MINIMUM "management { listen = \"[::1]:1\" }\nmanagement { listen = \"[::1]:2\" }",
     "g.conf:4: management is said once"},
};

static void an_error_has_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(errors); i++) {
        np_gateway_config config;
        np_error err = {0};
        np_code code =
            np_gateway_config_parse(np_bytes_text(errors[i].text), "g.conf", &config, &err);
        if (code != NP_EINPUT_FORMAT || strstr(err.message, errors[i].message) == NULL) {
            fail_msg("%s: %d, %s", errors[i].text, code, err.message);
        }
    }
}

static void management_has_its_own_block(void **state)
{
    np_gateway_config config;
    np_error err = {0};
    static const char input[] =
        MINIMUM "connections = 7\nlisten \"127.0.0.1:8443\" {}\nmanagement { listen = "
                "\"0.0.0.0:1\" certificate = \"mc\" key = \"mk\" upload_mb = 3 }\n";
    (void)state;
    assert_ok(np_gateway_config_parse(np_bytes_text(input), "g.conf", &config, &err), &err);
    assert_true(config.management.is_on);
    assert_string_equal(config.certificate, "c");
    assert_string_equal(config.management.certificate, "mc");
    assert_string_equal(config.management.key, "mk");
    assert_int_equal(config.limits.connections, 7);
    assert_int_equal(config.management.connections, 256);
    assert_int_equal(config.management.upload_mb, 3);
    assert_ok(np_gateway_config_parse(
                  np_bytes_text(MINIMUM "listen \"127.0.0.1:8443\" {}\nmanagement { listen = "
                                        "\"127.1.2.3:1\" }\n"),
                  "g.conf", &config, &err),
              &err);
    assert_true(config.management.is_on);
    assert_string_equal(config.management.certificate, "");
    assert_ok(np_gateway_config_parse(np_bytes_text(MINIMUM "listen \"127.0.0.1:8443\" {}\n"),
                                      "g.conf", &config, &err),
              &err);
    assert_false(config.management.is_on);
}

/* Whoever writes an example from the table writes one that is read. */
static void the_examples_of_all_keys_are_good(void **state)
{
    static char text[8192];
    static const struct {
        const char *section;
        const char *title;
    } titles[] = {{"upstream", " \"broker\""}, {"listen", " \"[::]:8443\""}, {"management", ""}};
    np_gateway_config config;
    np_error err = {0};
    size_t len = 0;
    size_t next = 0;
    (void)state;
    for (size_t i = 0; i < np_gateway_keys.count; i++) {
        const np_config_key *key = &np_gateway_keys.rows[i];
        if (next < NP_COUNT_OF(titles) && strcmp(key->section, titles[next].section) == 0) {
            len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s%s {\n",
                                    next == 0 ? "" : "}\n", key->section, titles[next].title);
            next++;
        }
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s = %s # %s\n", key->name,
                                key->example, key->what);
    }
    (void)snprintf(text + len, sizeof(text) - len, "}\n");
    assert_ok(np_gateway_config_parse(np_bytes_text(text), "g.conf", &config, &err), &err);
    assert_int_equal(next, NP_COUNT_OF(titles));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_configuration_is_read_with_its_presets),
        cmocka_unit_test(an_error_has_its_line),
        cmocka_unit_test(management_has_its_own_block),
        cmocka_unit_test(the_examples_of_all_keys_are_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
