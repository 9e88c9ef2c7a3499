/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/answers.h"

#include "registry/fleet_internal.h"

enum { REFUSALS_BEGIN = 400 };

typedef struct search {
    const np_answer_key *key;
    const np_answer_work *work;
    np_answer_outcome outcome;
} search;

static np_code take_answer(void *self, const store_value *columns, np_error *err)
{
    search *found = self;
    const np_answer answer = {.status = (unsigned)columns[1].integer, .body = columns[2].bytes};
    bool is_same = np_bytes_equal(columns[0].bytes,
                                  np_bytes_of(found->key->request_sha256, NP_FINGERPRINT_BYTES));
    (void)err;
    found->outcome = is_same ? NP_ANSWER_REPEATED : NP_ANSWER_OTHER;
    if (is_same) {
        found->work->repeat(found->work->self, &answer);
    }
    return NP_OK;
}

np_code np_answer_find(np_store *store, const np_answer_key *key, const np_answer_work *work,
                       np_answer_outcome *ret, np_error *err)
{
    static const store_query query = {
        "SELECT request_sha256, status, body FROM answers"
        " WHERE token = $1 AND request_key = $2 AND answered_at >= $3",
        3};
    const store_value values[] = {store_integer(key->token), store_text(key->key),
                                  store_integer(key->now - NP_ANSWER_LIFETIME_S)};
    search found = {.key = key, .work = work, .outcome = NP_ANSWER_NONE};
    NP_TRY(store_select(store, &query, values, take_answer, &found, err));
    *ret = found.outcome;
    return NP_OK;
}

/*
 * A place for the answer, before anything is done: whoever comes with the same key at the same
 * moment waits at it until the first one is done, also where transactions do not wait for each
 * other. False: somebody has been here.
 */
static np_code take_place(np_store *store, const np_answer_key *key, bool *ret_is_mine,
                          np_error *err)
{
    static const store_query query = {
        "INSERT INTO answers (token, request_key, request_sha256, status, body, answered_at)"
        " VALUES ($1, $2, $3, 0, '', $4) ON CONFLICT (token, request_key) DO NOTHING",
        4};
    const store_value values[] = {
        store_integer(key->token), store_text(key->key),
        store_blob(np_bytes_of(key->request_sha256, NP_FINGERPRINT_BYTES)),
        store_integer(key->now)};
    uint64_t changed = 0;
    NP_TRY(store_run(store, &query, values, 1, &changed, err));
    *ret_is_mine = changed == 1;
    return NP_OK;
}

static np_code keep(np_store *store, const np_answer_key *key, const np_answer *answer,
                    np_error *err)
{
    static const store_query query = {
        "UPDATE answers SET status = $1, body = $2 WHERE token = $3 AND request_key = $4", 4};
    const store_value values[] = {store_integer(answer->status), store_text(answer->body),
                                  store_integer(key->token), store_text(key->key)};
    return store_run(store, &query, values, 1, NULL, err);
}

static np_code leave_place(np_store *store, const np_answer_key *key, np_error *err)
{
    static const store_query query = {"DELETE FROM answers WHERE token = $1 AND request_key = $2",
                                      2};
    const store_value values[] = {store_integer(key->token), store_text(key->key)};
    return store_run(store, &query, values, 1, NULL, err);
}

/* The one who was first may have been refused meanwhile: then it is tried again. */
static np_code take_theirs(np_store *store, search *once, np_error *err)
{
    NP_TRY(np_answer_find(store, once->key, once->work, &once->outcome, err));
    return once->outcome != NP_ANSWER_NONE ? NP_OK
                                           : store_raise(err, store->name, STORE_TRANSIENT, NULL);
}

static np_code act_once(np_store *store, void *self, np_error *err)
{
    static const store_query forget = {"DELETE FROM answers WHERE answered_at < $1", 1};
    search *once = self;
    np_answer answer = {0};
    bool is_mine = false;
    const store_value oldest = store_integer(once->key->now - NP_ANSWER_LIFETIME_S);
    NP_TRY(store_run(store, &forget, &oldest, 1, NULL, err));
    NP_TRY(take_place(store, once->key, &is_mine, err));
    if (!is_mine) {
        return take_theirs(store, once, err);
    }
    NP_TRY(once->work->act(once->work->self, &answer, err));
    once->outcome = NP_ANSWER_DONE;
    return answer.status >= REFUSALS_BEGIN ? leave_place(store, once->key, err)
                                           : keep(store, once->key, &answer, err);
}

np_code np_answer_once(np_store *store, const np_answer_key *key, const np_answer_work *work,
                       np_answer_outcome *ret, np_error *err)
{
    search once = {.key = key, .work = work};
    NP_TRY(store_transact(store, act_once, &once, err));
    *ret = once.outcome;
    return NP_OK;
}
