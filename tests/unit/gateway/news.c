/* SPDX-License-Identifier: Apache-2.0 */
/* What is gathered at the door between two notes is bounded, and nobody takes the others' room. */
#include "gateway/news.h"

#include "support/test.h"

enum { NOW = 1796000000, FLOOD = 1000 };

typedef struct gathered {
    np_store *store;
    gateway_news *news;
} gathered;

static int begin(void **state)
{
    static gathered self;
    self.news = gateway_news_create();
    *state = &self;
    return np_store_open("sqlite::memory:", 1000, &self.store, NULL) == NP_OK && self.news != NULL
               ? 0
               : -1;
}

static int end(void **state)
{
    gathered *self = *state;
    gateway_news_free(self->news);
    np_store_free(self->store);
    return 0;
}

/* One is refused whose certificate has this number, an organisation, and comes from an address. */
static void refuse(gathered *self, uint32_t number, const char *org, const char *peer)
{
    uint8_t leaf[NP_FINGERPRINT_BYTES] = {0};
    const np_admission admission = {.reason = NP_REASON_BLOCKED};
    memcpy(leaf, &number, sizeof(number));
    const gateway_newcomer newcomer = {
        .admission = &admission, .org = org, .leaf = leaf, .peer = peer};
    gateway_news_add_refused(self->news, &newcomer, NOW);
}

typedef struct found {
    uint32_t number; /* that is looked for */
    bool is_found;
    size_t count;
} found;

static np_code look(void *context, const np_refusal *refusal, np_error *err)
{
    found *self = context;
    (void)err;
    self->count++;
    self->is_found =
        self->is_found || memcmp(refusal->leaf, &self->number, sizeof(self->number)) == 0;
    return NP_OK;
}

/* Is this one among those that are stored, and how many are? */
static bool is_stored(gathered *self, uint32_t number, size_t *ret_count)
{
    np_error err = {0};
    found seen = {.number = number};
    const np_refusal_query query = {.limit = 0};
    assert_ok(gateway_news_store(self->news, self->store, &err), &err);
    assert_ok(np_refusals_each(self->store, &query, look, &seen, &err), &err);
    *ret_count = seen.count;
    return seen.is_found;
}

static void a_flood_of_strangers_leaves_room_for_a_known_organisation(void **state)
{
    gathered *self = *state;
    size_t count;
    for (uint32_t i = 0; i < FLOOD; i++) {
        char peer[32];
        snprintf(peer, sizeof(peer), "10.0.%u.%u:1", i / 250, i % 250);
        refuse(self, 10 + i, "", peer);
    }
    refuse(self, 1, "acme", "10.0.0.1:1");
    assert_true(is_stored(self, 1, &count));
    assert_int_equal(count, GATEWAY_NEWS_MAX / 2 + 1);
}

static void strangers_of_one_address_make_room_for_another_one(void **state)
{
    gathered *self = *state;
    size_t count;
    for (uint32_t i = 0; i < FLOOD; i++) {
        refuse(self, 10 + i, "", "10.0.0.1:1");
    }
    refuse(self, 1, "", "192.0.2.1:1");
    for (uint32_t i = 0; i < FLOOD; i++) {
        refuse(self, 10 + FLOOD + i, "", "10.0.0.1:2");
    }
    assert_true(is_stored(self, 1, &count));
    assert_int_equal(count, GATEWAY_NEWS_MAX / 2);
}

static void one_organisation_makes_room_for_another_one(void **state)
{
    gathered *self = *state;
    size_t count;
    for (uint32_t i = 0; i < FLOOD; i++) {
        refuse(self, 10 + i, "umbrella", "10.0.0.1:1");
    }
    refuse(self, 1, "acme", "10.0.0.1:1");
    assert_true(is_stored(self, 1, &count));
    assert_int_equal(count, GATEWAY_NEWS_MAX / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_flood_of_strangers_leaves_room_for_a_known_organisation,
                                        begin, end),
        cmocka_unit_test_setup_teardown(strangers_of_one_address_make_room_for_another_one, begin,
                                        end),
        cmocka_unit_test_setup_teardown(one_organisation_makes_room_for_another_one, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
