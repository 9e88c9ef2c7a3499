/* SPDX-License-Identifier: Apache-2.0 */
/* Labels: what a template may say, what facts become, and whose label was scanned. */
#include "station/label.h"
#include "support/test.h"

#define LINE                                                                                       \
    "{\"attributes\":{\"beep\":\"a\\u0007\",\"note\":\"a\\\"b\\\\c\"},\"kind\":\"unit\","          \
    "\"prev\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"seq\":1,"     \
    "\"serial\":\"S-1 \xc3\xbc\",\"tags\":[\"x\"]}"

static const char codes[] = "size 50 30\nqr 1 1 20 M ";

typedef struct label_scene {
    np_record_line line;
    np_label_template template;
    np_label label;
    char text[256];
    np_error err;
} label_scene;

static int set_up(void **state)
{
    label_scene *scene = calloc(1, sizeof(*scene));
    assert_non_null(scene);
    assert_ok(np_record_line_parse(np_bytes_text(LINE), &scene->line, &scene->err), &scene->err);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    label_scene *scene = *state;
    np_label_free(&scene->label);
    free(scene);
    return 0;
}

/* A label with one code of this pattern. */
static np_code fill(label_scene *scene, const char *pattern)
{
    np_label_facts facts = np_label_facts_of_line(&scene->line);
    np_label_free(&scene->label);
    snprintf(scene->text, sizeof(scene->text), "%s%s\n", codes, pattern);
    np_bytes text = np_bytes_text(scene->text);
    assert_ok(np_label_template_parse(text, "label.conf", &scene->template, &scene->err),
              &scene->err);
    return np_label_fill(&scene->template, &facts, &scene->label, &scene->err);
}

static void what_a_template_may_not_say_is_named_with_its_line(void **state)
{
    label_scene *scene = *state;
    static const struct {
        const char *text;
        const char *message;
    } rows[] = {
        {"", "label.conf:0: size is missing"},
        {"text 1 1 3 a\n", "size is missing"},
        {"size 50 25\n", "neither qr nor text"},
        {"size 50\n", "label.conf:1: lengths are millimetres"},
        {"size 50 0\n", "label.conf:1: lengths are millimetres"},
        {"size 50 25 mm\n", "label.conf:1: there is more than belongs here"},
        {"size 300.001 25\n", "up to 300"},
        {"size 4294967340 25\n", "up to 300"},
        {"size 1.2345 25\n", "three decimals"},
        {"size .5 25\n", "lengths are"},
        {"size 1.2.3 25\n", "lengths are"},
        {"resolution 99\n", "100 to 1200"},
        {"resolution 1201\n", "100 to 1200"},
        {"resolution 30x\n", "100 to 1200"},
        {"resolution 42949672996\n", "100 to 1200"},
        {"font\n", "a font is a file"},
        {"qr 1 1 20 X a\n", "L, M, Q or H"},
        {"qr 1 1 20 ML a\n", "L, M, Q or H"},
        {"qr 1 1 20 M\n", "nothing to print"},
        {"\ntext 1 1 3 {serial\n", "label.conf:2: a brace alone"},
        {"text 1 1 3 a}b\n", "a brace alone"},
        {"text 1 1 3 {}\n", "the name of a fact"},
        {"text 1 1 3 {a b}\n", "the name of a fact"},
        {"text 1 1 3 {a:}\n", "behind the colon"},
        {"text 1 1 3 {a:0}\n", "behind the colon"},
        {"text 1 1 3 {a:12345}\n", "behind the colon"},
        {"text 1 1 3 {a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}\n", "at most 16 facts"},
        {"text 1 1 3 \xff\n", "not UTF-8"},
        {"text 1 1 3 a\x07\n", "not UTF-8"},
        {"text 1 1 3 a\tb\n", "a tab cannot be printed"},
        {"circle 1 1 3\n", "a line begins with"},
        {"size 50 25\nqr 31 1 20 M a\n", "label.conf:2: this is not wholly on the label"},
        {"size 50 25\ntext 51 1 3 a\n", "not wholly on the label"},
        {"size 50 25\ntext 1 23 3 a\n", "not wholly on the label"},
    };
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        np_bytes text = np_bytes_text(rows[i].text);
        np_code code = np_label_template_parse(text, "label.conf", &scene->template, &scene->err);
        assert_int_equal(np_error_class(code), NP_CLASS_INPUT);
        if (strstr(scene->err.message, rows[i].message) == NULL) {
            fail_msg("%s: %s", rows[i].text, scene->err.message);
        }
    }
}

static void a_template_is_read_as_it_is_written(void **state)
{
    label_scene *scene = *state;
    static const char text[] = "# a label\r\n\tsize 50.5 25\r\n\nresolution 300\nfont /a b.ttf\n"
                               "qr 0 5 20 Q  a {b}\n"
                               "qr 0 1.25 20 H x";
    assert_ok(np_label_template_parse(np_bytes_text(text), "t", &scene->template, &scene->err),
              &scene->err);
    assert_int_equal(scene->template.width_um, 50500);
    assert_int_equal(scene->template.dpi, 300);
    assert_string_equal(scene->template.font, "/a b.ttf");
    assert_int_equal(scene->template.count, 2);
    assert_int_equal(scene->template.items[0].y_um, 5000);
    assert_int_equal(scene->template.items[1].y_um, 1250);
    assert_int_equal(scene->template.items[1].level, 'H');
}

static void facts_are_what_the_record_means(void **state)
{
    label_scene *scene = *state;
    static const struct {
        const char *pattern;
        const char *text;
    } rows[] = {
        {"{serial}", "S-1 \xc3\xbc"},      {"{serial:4}{serial:5}", "S-1 S-1 \xc3\xbc"},
        {"{serial:99}.", "S-1 \xc3\xbc."}, {"{seq}{{{kind?}}}", "1{unit}"},
        {"<{imei?}{imei:3?}>", "<>"},      {"{attributes.note}", "a\"b\\c"},
    };
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        assert_ok(fill(scene, rows[i].pattern), &scene->err);
        assert_string_equal(scene->label.marks[0].text, rows[i].text);
    }
    assert_code(fill(scene, "{tags}"), NP_EINPUT_MISSING); /* a list is no text */
    assert_code(fill(scene, "{attributes.other}"), NP_EINPUT_MISSING);
    assert_code(fill(scene, "{attributes.beep}"), NP_EINPUT_FORMAT);
    assert_code(fill(scene, "{imei?}"), NP_EINPUT_MISSING); /* a code that says nothing */
}

static np_label_verdict verdict_of(label_scene *scene, const char *scanned, np_label_scan *ret)
{
    assert_ok(np_label_check(&scene->label, np_bytes_text(scanned), ret, &scene->err), &scene->err);
    return ret->verdict;
}

static void whose_label_was_scanned_is_told_only_when_it_can_be_known(void **state)
{
    label_scene *scene = *state;
    np_label_scan scan;
    assert_ok(fill(scene, "a{seq}b{serial}c"), &scene->err);
    assert_int_equal(verdict_of(scene, "a1bS-2c", &scan), NP_LABEL_OTHER_UNIT);
    assert_string_equal(scan.fact, "serial");
    assert_string_equal(scan.printed, "S-1 \xc3\xbc");
    assert_string_equal(scan.scanned, "S-2");
    assert_int_equal(verdict_of(scene, "a2bS-2c", &scan), NP_LABEL_OTHER_UNIT);
    assert_string_equal(scan.fact, "seq");
    assert_int_equal(verdict_of(scene, "a1bS-2", &scan), NP_LABEL_OTHER);
    assert_int_equal(verdict_of(scene, "a1S-2c", &scan), NP_LABEL_OTHER);
    assert_ok(fill(scene, "{seq}{serial}"), &scene->err);
    assert_int_equal(verdict_of(scene, "1S-2", &scan), NP_LABEL_OTHER);
    assert_int_equal(verdict_of(scene, "1S-1 \xc3\xbc", &scan), NP_LABEL_SAME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_a_template_may_not_say_is_named_with_its_line, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_template_is_read_as_it_is_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(facts_are_what_the_record_means, set_up, tear_down),
        cmocka_unit_test_setup_teardown(whose_label_was_scanned_is_told_only_when_it_can_be_known,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
