/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"

#include "support/test.h"
#include <string.h>

/* A shop: one of each kind, a section, a section of its own, and one that may be repeated. */
typedef struct shelf {
    char name[8];
    unsigned places;
} shelf;

typedef struct shop {
    char owner[8];
    char place[8];
    unsigned floors;
    bool is_open;
    int day; /* 1 for monday */
    char goods[2][6];
    size_t goods_count;
    unsigned till_coins;
    struct {
        bool is_there;
        unsigned size;
    } cellar;
    shelf shelves[2];
    size_t shelf_count;
} shop;

static bool parse_day(const char *text, void *place)
{
    *(int *)place = 1;
    return strcmp(text, "monday") == 0;
}

static bool is_place(const char *text)
{
    return strcmp(text, "nowhere") != 0;
}

#define AT(name) .offset = offsetof(shop, name), .size = sizeof(((shop *)0)->name)

static const np_config_key rows[] = {
    {"", "owner", "\"ann\"", "whose", true, AT(owner)},
    {"", "place", "\"here\"", "where", false, AT(place), .preset_text = "home", .check = is_place,
     .takes = "a place"},
    {"", "floors", "2", "how high", false, .kind = NP_CONFIG_NUMBER, AT(floors), .preset = 1,
     .min = 1, .max = 9},
    {"", "open", "true", "whether", false, .kind = NP_CONFIG_FLAG, AT(is_open), .preset = 1},
    {"", "day", "monday", "when", false, .kind = NP_CONFIG_OTHER, AT(day), .parse = parse_day,
     .takes = "monday"},
    {"", "goods", "{\"tea\"}", "what", false, .kind = NP_CONFIG_LIST,
     .offset = offsetof(shop, goods), .size = 6, .list_max = 2,
     .count_offset = offsetof(shop, goods_count)},
    {"till", "coins", "5", "how many", false, .kind = NP_CONFIG_NUMBER, AT(till_coins), .preset = 3,
     .max = 10},
    {"cellar", "size", "7", "how large", true, .kind = NP_CONFIG_NUMBER,
     .offset = offsetof(shop, cellar.size) - offsetof(shop, cellar), .max = 10},
    {"shelf", "places", "4", "how many", false, .kind = NP_CONFIG_NUMBER,
     .offset = offsetof(shelf, places), .preset = 6, .max = 10},
};

static np_code finish_cellar(void *values, np_error *err)
{
    (void)err;
    *(bool *)values = true; /* the first member */
    return NP_OK;
}

static np_code finish_shelf(void *values, np_error *err)
{
    const shelf *item = values;
    return item->places == 0
               ? np_error_set(err, NP_EINPUT_FORMAT, "shelf %s is useless", item->name)
               : NP_OK;
}

static np_code finish_shop(void *values, np_error *err)
{
    const shop *whole = values;
    return whole->floors > 5 && !whole->is_open
               ? np_error_set(err, NP_EINPUT_FORMAT, "so high and closed")
               : NP_OK;
}

static const np_config_group groups[] = {
    {"cellar", false, offsetof(shop, cellar), sizeof(((shop *)0)->cellar), 1,
     .finish = finish_cellar},
    {"shelf", true, offsetof(shop, shelves), sizeof(shelf), 2, offsetof(shop, shelf_count),
     .title_offset = offsetof(shelf, name), .title_size = 8, .finish = finish_shelf},
};

static const np_config_schema schema = {
    rows, NP_COUNT_OF(rows), groups, NP_COUNT_OF(groups), sizeof(shop), finish_shop};

static void what_is_not_said_has_its_preset(void **state)
{
    shop got;
    np_error err = {0};
    (void)state;
    assert_ok(np_config_read(&schema, np_bytes_text("owner = \"ann\"\n"), "s.conf", &got, &err),
              &err);
    assert_string_equal(got.owner, "ann");
    assert_string_equal(got.place, "home");
    assert_int_equal(got.floors, 1);
    assert_true(got.is_open);
    assert_int_equal(got.day, 0);
    assert_int_equal(got.goods_count, 0);
    assert_int_equal(got.till_coins, 3);
    assert_false(got.cellar.is_there);
    assert_int_equal(got.shelf_count, 0);
}

static void what_is_said_goes_to_its_place(void **state)
{
    shop got;
    np_error err = {0};
    static const char text[] =
        "owner = bob # of old\nplace = there\nfloors = 9\nopen = yes\n"
        "day = monday\ngoods = {\"tea\", rice}\ntill { coins = 10 }\n"
        "cellar { size = 0 }\nshelf \"a\" {}\nshelf \"b\" { places = 1 } # no line ends here";
    (void)state;
    assert_ok(np_config_read(&schema, np_bytes_text(text), "s.conf", &got, &err), &err);
    assert_string_equal(got.owner, "bob");
    assert_string_equal(got.place, "there");
    assert_int_equal(got.floors, 9);
    assert_true(got.is_open);
    assert_int_equal(got.day, 1);
    assert_int_equal(got.goods_count, 2);
    assert_string_equal(got.goods[1], "rice");
    assert_int_equal(got.till_coins, 10);
    assert_true(got.cellar.is_there);
    assert_int_equal(got.cellar.size, 0);
    assert_int_equal(got.shelf_count, 2);
    assert_string_equal(got.shelves[0].name, "a");
    assert_int_equal(got.shelves[0].places, 6);
    assert_int_equal(got.shelves[1].places, 1);
}

static const struct {
    const char *text;
    const char *message;
} errors[] = {
    {"", "s.conf:1: the file is empty"},
    {"floors = 2\n", "s.conf:2: owner is missing"},
    {"owner = a\n\nfloors = 10\n", "s.conf:3: floors takes 1 to 9, not 10"},
    {"owner = a\nfloors = -1\n", "s.conf:2: floors takes 1 to 9, not -1"},
    {"owner = a\nfloors = 99999999999999999999\n", "s.conf:2: "},
    {"owner = a\nfloors = x\n", "s.conf:2: invalid integer value"},
    {"owner = abcdefgh\n", "s.conf:1: owner takes a text of 1 to 7 bytes"},
    {"owner = \"\"\n", "s.conf:1: owner takes a text of 1 to 7 bytes"},
    {"owner = a\nplace = nowhere\n", "s.conf:2: place takes a place, not 'nowhere'"},
    {"owner = a\nday = sunday\n", "s.conf:2: day takes monday, not 'sunday'"},
    {"owner = a\nday = \"\"\n", "s.conf:2: day takes monday, not ''"},
    {"owner = a\nopen = perhaps\n", "s.conf:2: "},
    {"owner = a\ngoods = {a, b, c}\n", "s.conf:2: goods takes at most 2 texts"},
    {"owner = a\ngoods = {abcdef}\n", "s.conf:2: goods takes a text of 1 to 5 bytes"},
    {"owner = a\ncoins = 1\n", "s.conf:2: no such option 'coins'"},
    {"owner = a\ntill { coins = 11 }\n", "s.conf:2: coins takes 0 to 10, not 11"},
    {"owner = a\ncellar { }\n", "s.conf:2: cellar.size is missing"},
    {"owner = a\ncellar { size = 1 }\ncellar { size = 2 }\n", "s.conf:3: cellar is said once"},
    {"owner = a\nshelf \"abcdefgh\" { }\n", "s.conf:2: shelf takes a name of 1 to 7 bytes"},
    {"owner = a\nshelf \"b\" {\n places = 0\n}\n", "s.conf:4: shelf b is useless"},
    {"owner = a\nshelf \"b\" { }\nshelf \"b\" { }\n", "s.conf:3: "},
    {"owner = a\nshelf \"a\" {}\nshelf \"b\" {}\nshelf \"c\" {}\n",
     "s.conf:4: shelf is said at most 2"},
    {"owner = a\nfloors = 6\nopen = false\n", "so high and closed"},
    {"owner = a\ntill {}\ntill {}\n", "s.conf:3: till is said once"},
    {"owner = a\nshelf \"b\" {\n", "s.conf:3: the file ends before the last brace closes"},
    {"owner = a\ntill {\n coins = 1\n", "s.conf:4: the file ends before"},
    {"owner = a\nshelf \"b\" { places =", "s.conf:"},
    {"owner = a\n/* shelf", "s.conf:"},
    {"owner = \"a\n", "s.conf:"},
    {"owner = a\n\001=1\n", "s.conf:1: no text"},
};

static void an_error_has_its_line(void **state)
{
    shop got;
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(errors); i++) {
        np_error err = {0};
        np_code code = np_config_read(&schema, np_bytes_text(errors[i].text), "s.conf", &got, &err);
        if (code != NP_EINPUT_FORMAT || strstr(err.message, errors[i].message) == NULL ||
            strncmp(err.message, "s.conf:", 7) != 0) {
            fail_msg("%s: %s, %s", errors[i].text, np_code_name(code), err.message);
        }
    }
    np_error err = {0};
    assert_code(
        np_config_read(&schema, np_bytes_of((const uint8_t *)"a\0b", 3), "s.conf", &got, &err),
        NP_EINPUT_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_said_has_its_preset),
        cmocka_unit_test(what_is_said_goes_to_its_place),
        cmocka_unit_test(an_error_has_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
