/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of devices, on real databases: whatever is asked for, all pages together have exactly the
 * devices that a plain comparison of each one finds, each once.
 */
#include "registry/devices.h"

#include "base/text.h"
#include "support/stores.h"

enum { NOW = 1796000000, NAME_SIZE = 16 };

typedef struct known {
    const char *org;
    const char *identifier;
    np_device_state state;
} known;

static const known all[] = {
    {"acme", "a", NP_DEVICE_ACTIVE},
    {"acme", "a%", NP_DEVICE_ACTIVE},
    {"acme", "a_1", NP_DEVICE_BLOCKED},
    {"acme", "aa", NP_DEVICE_ACTIVE},
    {"acme", "aa\xf4\x8f\xbf\xbf", NP_DEVICE_ACTIVE},
    {"acme", "aaz", NP_DEVICE_DELETED},
    {"acme", "ab", NP_DEVICE_ACTIVE},
    {"acme", "B", NP_DEVICE_BLOCKED},
    {"acme", "\xc3\xa4", NP_DEVICE_ACTIVE},
    {"acme", "\xc3\xa4\x31", NP_DEVICE_BLOCKED},
    {"birch", "aa", NP_DEVICE_BLOCKED},
    {"birch", "aa-2", NP_DEVICE_ACTIVE},
    {"cedar", "z", NP_DEVICE_ACTIVE},
};

static const np_actor actor = {.name = "somebody", .now = NOW};

static void fill(np_store *store)
{
    for (size_t i = 0; i < NP_COUNT_OF(all); i++) {
        np_error err = {0};
        const np_device device = {.org = np_bytes_text(all[i].org),
                                  .identifier = np_bytes_text(all[i].identifier)};
        assert_ok(np_device_add(store, &device, &actor, &err), &err);
        if (all[i].state != NP_DEVICE_ACTIVE) {
            assert_ok(np_device_set_state(store, device.org, device.identifier, all[i].state,
                                          &actor, &err),
                      &err);
        }
    }
}

typedef struct seen {
    unsigned times[NP_COUNT_OF(all)];
    size_t of_page;
    char last_org[NAME_SIZE];
    char last[NAME_SIZE];
} seen;

static void keep(np_bytes text, char ret[static NAME_SIZE])
{
    assert_true(text.len < NAME_SIZE);
    memcpy(ret, text.data, text.len);
    ret[text.len] = '\0';
}

static np_code note(void *self, const np_device *device, np_error *err)
{
    seen *to = self;
    (void)err;
    for (size_t i = 0; i < NP_COUNT_OF(all); i++) {
        if (np_bytes_equal(device->org, np_bytes_text(all[i].org)) &&
            np_bytes_equal(device->identifier, np_bytes_text(all[i].identifier))) {
            to->times[i]++;
            assert_int_equal(device->state, all[i].state);
        }
    }
    to->of_page++;
    keep(device->org, to->last_org);
    keep(device->identifier, to->last);
    return NP_OK;
}

static bool is_asked_for(const known *one, const np_device_query *query)
{
    return (query->org.len == 0 || np_bytes_equal(query->org, np_bytes_text(one->org))) &&
           strncmp(one->identifier, (const char *)query->prefix.data, query->prefix.len) == 0 &&
           (query->state == NULL || *query->state == one->state);
}

static void compare(np_store *store, np_device_query query)
{
    seen got = {0};
    do {
        np_error err = {0};
        got.of_page = 0;
        assert_ok(np_device_each(store, &query, note, &got, &err), &err);
        assert_true(query.limit == 0 || got.of_page <= query.limit);
        query.after_org = np_bytes_text(got.last_org);
        query.after = np_bytes_text(got.last);
    } while (query.limit != 0 && got.of_page == query.limit);
    for (size_t i = 0; i < NP_COUNT_OF(all); i++) {
        if (got.times[i] != (is_asked_for(&all[i], &query) ? 1U : 0U)) {
            fail_msg("%s/%s: %u times; prefix '%s', limit %d", all[i].org, all[i].identifier,
                     got.times[i], (const char *)query.prefix.data, (int)query.limit);
        }
    }
}

static void compare_all(np_store *store)
{
    static const char *const orgs[] = {"", "acme", "birch", "nobody"};
    static const char *const prefixes[] = {"", "a", "aa", "aaz", "a%", "a_", "\xc3\xa4", "B", "zz"};
    for (size_t i = 0; i < NP_COUNT_OF(orgs) * NP_COUNT_OF(prefixes); i++) {
        for (unsigned which = 0; which <= NP_DEVICE_STATE_COUNT; which++) {
            np_device_state wanted = (np_device_state)which;
            np_device_query query = {.org = np_bytes_text(orgs[i % NP_COUNT_OF(orgs)]),
                                     .prefix = np_bytes_text(prefixes[i / NP_COUNT_OF(orgs)]),
                                     .state = which == NP_DEVICE_STATE_COUNT ? NULL : &wanted};
            for (query.limit = 0; query.limit < 4; query.limit++) {
                compare(store, query);
            }
        }
    }
}

static void pages_have_what_was_asked_for_each_once(void **state)
{
    char uri[STORE_URI_SIZE];
    (void)state;
    store_new_uri(uri);
    np_store *store = store_open(uri);
    fill(store);
    compare_all(store);
    np_store_free(store);
}

/* Where people's order is not that of bytes, it is only slower. */
static void the_order_of_a_database_changes_no_page(void **state)
{
    char uri[STORE_URI_SIZE];
    const char *server = getenv("NAMEPLATE_TEST_POSTGRES");
    const char *name = strstr(server, "/postgres?");
    (void)state;
    assert_non_null(name);
    store_tamper(server, "CREATE DATABASE people TEMPLATE template0 LOCALE_PROVIDER icu"
                         " ICU_LOCALE 'en-US' LOCALE 'C.UTF-8'");
    snprintf(uri, sizeof(uri), "%.*s/people%s", (int)(name - server), server,
             name + strlen("/postgres"));
    assert_int_equal(store_ask(uri, "SELECT count(*) WHERE 'B' > 'a'"), 1);
    np_store *store = store_open(uri);
    fill(store);
    compare_all(store);
    np_store_free(store);
}

static void one_is_found_by_its_whole_name_alone(void **state)
{
    char uri[STORE_URI_SIZE];
    np_error err = {0};
    seen got = {0};
    (void)state;
    store_new_uri(uri);
    np_store *store = store_open(uri);
    fill(store);
    np_device_query query = {.org = np_bytes_text("acme"), .identifier = np_bytes_text("aa")};
    assert_ok(np_device_each(store, &query, note, &got, &err), &err);
    assert_int_equal(got.of_page, 1);
    assert_string_equal(got.last, "aa");
    query.org = np_bytes_text("");
    assert_ok(np_device_each(store, &query, note, &got, &err), &err);
    assert_int_equal(got.of_page, 3);
    query.identifier = np_bytes_text("AA");
    assert_ok(np_device_each(store, &query, note, &got, &err), &err);
    assert_int_equal(got.of_page, 3);
    np_store_free(store);
}

#define EVERYWHERE                                                                                 \
    cmocka_unit_test(pages_have_what_was_asked_for_each_once),                                     \
        cmocka_unit_test(one_is_found_by_its_whole_name_alone)

int main(void)
{
    const struct CMUnitTest on_files[] = {EVERYWHERE};
    const struct CMUnitTest on_a_server[] = {
        EVERYWHERE, cmocka_unit_test(the_order_of_a_database_changes_no_page)};
    return store_is_on_server() ? cmocka_run_group_tests(on_a_server, NULL, store_remove_all)
                                : cmocka_run_group_tests(on_files, NULL, store_remove_all);
}
