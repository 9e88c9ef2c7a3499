/* SPDX-License-Identifier: Apache-2.0 */
/* What a cloud would refuse. The names and limits are those of the clouds' own documents. */
#include "cloud/rules.h"

#include "cloud/targets.h"
#include "support/test.h"
#include <stdio.h>

#define UNIT_MIDDLE "\"kind\":\"unit\",\"prev\":\"" ZEROS "\",\"seq\":1,"
#define ZEROS       "0000000000000000000000000000000000000000000000000000000000000000"

/* The rule that a unit breaks. A member before kind ends with a comma, one behind seq begins with
 * its serial. */
static cloud_rule rule_of(const cloud_limits *limits, const char *first, const char *last)
{
    static cloud_device device;
    static np_record_line line;
    static cloud_issuers issuers;
    char text[1024];
    np_error err;
    snprintf(text, sizeof(text), "{%s" UNIT_MIDDLE "%s}", first, last);
    assert_int_equal(np_record_line_parse(np_bytes_text(text), &line, &err), NP_OK);
    assert_int_equal(cloud_device_read(&line, &issuers, &device, &err), NP_OK);
    cloud_rule rule = cloud_check_device(limits, &device);
    cloud_device_clear(&device);
    return rule;
}

/* The limits of a target, without the certificate, which unit lines here do not have. */
static cloud_limits limits_of(const char *name)
{
    const cloud_target *target = cloud_target_at(0);
    for (size_t i = 1; target != NULL && strcmp(target->name, name) != 0; i++) {
        target = cloud_target_at(i);
    }
    assert_non_null(target);
    cloud_limits limits = target->limits;
    limits.needs_certificate = false;
    return limits;
}

static void assert_rule(const char *target, const char *serial, cloud_rule expected)
{
    cloud_limits limits = limits_of(target);
    char text[512];
    snprintf(text, sizeof(text), "\"serial\":\"%s\"", serial);
    assert_int_equal(rule_of(&limits, "", text), expected);
}

static void names_have_the_characters_that_each_cloud_takes(void **state)
{
    (void)state;
    assert_rule("nrfcloud", "50343956-3037-4738-800d-1f29e0a0f7bf", CLOUD_RULE_NONE);
    assert_rule("nrfcloud", "nrf-355025930000000", CLOUD_RULE_NONE);
    assert_rule("nrfcloud", "a.b", CLOUD_RULE_BAD_CHARACTER);
    assert_rule("aws", "a:b_c-D9", CLOUD_RULE_NONE);
    assert_rule("aws", "a.b", CLOUD_RULE_BAD_CHARACTER);
    assert_rule("aws", "a/b", CLOUD_RULE_BAD_CHARACTER);
    assert_rule("azure", "a.b_c-d:e", CLOUD_RULE_NONE);
    assert_rule("azure", "a@b", CLOUD_RULE_BAD_CHARACTER);
    assert_rule("azure", "\xc3\xa4", CLOUD_RULE_BAD_CHARACTER);
    assert_rule("csv", "\xc3\xa4 b/c", CLOUD_RULE_NONE);
}

static void the_ends_of_a_name_in_azure_are_letters_or_digits(void **state)
{
    (void)state;
    assert_rule("azure", "a", CLOUD_RULE_NONE);
    assert_rule("azure", "-a", CLOUD_RULE_BAD_END);
    assert_rule("azure", "a.", CLOUD_RULE_BAD_END);
    assert_rule("aws", "-a", CLOUD_RULE_NONE);
}

static void assert_longest(const char *target, size_t longest)
{
    char name[256];
    memset(name, 'a', sizeof(name));
    name[longest] = '\0';
    assert_rule(target, name, CLOUD_RULE_NONE);
    name[longest] = 'a';
    name[longest + 1] = '\0';
    assert_rule(target, name, CLOUD_RULE_TOO_LONG);
}

static void names_are_as_long_as_each_cloud_takes(void **state)
{
    (void)state;
    assert_longest("nrfcloud", 64);
    assert_longest("aws", 128);
    assert_longest("azure", 128);
}

static void the_name_is_the_device_id_and_the_serial_has_limits_of_its_own(void **state)
{
    (void)state;
    cloud_limits aws = limits_of("aws");
    assert_int_equal(rule_of(&aws, "", "\"serial\":\"a.b\""), CLOUD_RULE_BAD_CHARACTER);
    assert_int_equal(rule_of(&aws, "\"device_id\":\"ab\",", "\"serial\":\"a.b\""), CLOUD_RULE_NONE);
    assert_int_equal(rule_of(&aws, "\"device_id\":\"ab\",", "\"serial\":\"a b\""),
                     CLOUD_RULE_BAD_SERIAL);
}

static void controls_and_lists_of_other_things_are_refused_everywhere(void **state)
{
    (void)state;
    cloud_limits csv = limits_of("csv");
    assert_int_equal(rule_of(&csv, "", "\"serial\":\"T1\",\"sku\":\"a\\u0007b\""),
                     CLOUD_RULE_CONTROL_CHARACTER);
    assert_int_equal(rule_of(&csv, "", "\"serial\":\"T1\",\"tags\":[1]"),
                     CLOUD_RULE_CONTROL_CHARACTER);
    assert_int_equal(rule_of(&csv, "", "\"serial\":\"T1\",\"tags\":\"a\""),
                     CLOUD_RULE_CONTROL_CHARACTER);
    assert_int_equal(rule_of(&csv, "", "\"serial\":\"T1\",\"tags\":[\"a\"]"), CLOUD_RULE_NONE);
}

static void a_device_reads_as_its_line_says(void **state)
{
    (void)state;
    static cloud_device device;
    static np_record_line line;
    static cloud_issuers issuers;
    np_error err;
    const char text[] = "{\"attributes\":{\"board\":\"x\\ty\"},\"group\":\"\"," UNIT_MIDDLE
                        "\"serial\":\"Zo\xc3\xab\",\"sku\":\"a\\\"b\\\\c\","
                        "\"tags\":[\"one\",\"two\"]}";
    assert_int_equal(np_record_line_parse(np_bytes_text(text), &line, &err), NP_OK);
    assert_int_equal(cloud_device_read(&line, &issuers, &device, &err), NP_OK);
    assert_string_equal(device.serial, "Zo\xc3\xab");
    assert_string_equal(device.id, device.serial);
    assert_string_equal(cloud_device_text(&device, "group"), "");
    assert_string_equal(cloud_device_text(&device, "sku"), "a\"b\\c");
    assert_string_equal(cloud_device_text(&device, "tags"), "");
    assert_string_equal(cloud_device_find(&device, "tags"), "one");
    assert_string_equal(cloud_device_find(&device, "attributes.board"), "x\ty");
    assert_int_equal(json_integer_value(json_object_get(device.unit, "seq")), 1);
    cloud_device_clear(&device);
}

static void every_rule_has_a_name_of_its_own_and_a_sentence(void **state)
{
    (void)state;
    for (unsigned i = 0; i < CLOUD_RULE_COUNT; i++) {
        assert_non_null(cloud_rule_text((cloud_rule)i));
        for (unsigned j = 0; j < i; j++) {
            assert_string_not_equal(cloud_rule_name((cloud_rule)i), cloud_rule_name((cloud_rule)j));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_have_the_characters_that_each_cloud_takes),
        cmocka_unit_test(the_ends_of_a_name_in_azure_are_letters_or_digits),
        cmocka_unit_test(names_are_as_long_as_each_cloud_takes),
        cmocka_unit_test(the_name_is_the_device_id_and_the_serial_has_limits_of_its_own),
        cmocka_unit_test(controls_and_lists_of_other_things_are_refused_everywhere),
        cmocka_unit_test(a_device_reads_as_its_line_says),
        cmocka_unit_test(every_rule_has_a_name_of_its_own_and_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
