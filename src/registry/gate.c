/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/gate.h"

#include "registry/engine.h"
#include "registry/recording.h"

enum { GROUP_ATTEMPTS = 3 /* then by halves: who is in the way shall wait alone; not tuned */ };

static np_code judge_all(np_store *store, const judging_group *group, size_t count, np_error *err)
{
    size_t places[NP_GATE_GROUP_MAX];
    for (size_t i = 0; i < count; i++) {
        places[i] = i;
    }
    return judging_judge(store, group, places, count, err);
}

np_code np_gate_judge(np_store *store, const np_gate_options *options,
                      const np_gate_request *requests, size_t count, np_admission *ret,
                      np_error *err)
{
    judging_group group;
    NP_TRY(judging_begin(options, requests, count, ret, &group, err));
    np_code code = judge_all(store, &group, count, err);
    judging_end(&group);
    return code;
}

typedef struct part {
    const judging_group *group;
    const size_t *places;
    size_t count;
} part;

static np_code write_part(np_store *store, void *self, np_error *err)
{
    const part *one = self;
    return recording_write(store, one->group, one->places, one->count, err);
}

/* May the failure be that of one among others? That of the database as a whole is not. */
static bool is_of_one(const np_store *store, np_code code)
{
    store_trouble trouble = store_last_trouble(store);
    return np_error_class(code) != NP_CLASS_STATION || trouble == STORE_TRANSIENT ||
           trouble == STORE_OTHER;
}

static np_code record(np_store *store, const part *all, np_error *err)
{
    part self = *all;
    unsigned attempts = self.count > 1 ? GROUP_ATTEMPTS : STORE_ATTEMPTS;
    np_code code = store_try(store, write_part, &self, attempts, err);
    if (code == NP_OK) {
        return NP_OK;
    }
    judging_take_back(self.group, self.places, self.count);
    if (self.count == 1 || !is_of_one(store, code)) {
        return code;
    }
    size_t half = self.count / 2;
    const part first = {self.group, self.places, half};
    const part second = {self.group, self.places + half, self.count - half};
    code = record(store, &first, err);
    np_code last = record(store, &second, err);
    return last == NP_OK ? code : last;
}

/* The places of those who are to be recorded, as far as one knows. */
static size_t find_new(const judging_group *group, size_t count, size_t *places)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        if (group->options->are_new || judging_wants_record(&group->ret[i])) {
            places[found++] = i;
        }
    }
    return found;
}

np_code np_gate_admit(np_store *store, const np_gate_options *options,
                      const np_gate_request *requests, size_t count, np_admission *ret,
                      np_error *err)
{
    judging_group group;
    size_t places[NP_GATE_GROUP_MAX];
    NP_TRY(judging_begin(options, requests, count, ret, &group, err));
    np_code code = options->are_new ? NP_OK : judge_all(store, &group, count, err);
    const part newcomers = {&group, places, find_new(&group, count, places)};
    if (code != NP_OK) {
        judging_take_back(&group, places, newcomers.count);
    } else if (newcomers.count > 0) {
        code = record(store, &newcomers, err);
    }
    judging_end(&group);
    return code;
}

np_code np_gate_note_seen(np_store *store, const int64_t *devices, size_t count, int64_t now,
                          np_error *err)
{
    static const store_query query = {"UPDATE devices SET last_seen = $1 WHERE id = $2", 2};
    enum { GROUP = 256 };
    store_value values[GROUP * 2];
    for (size_t from = 0; from < count; from += GROUP) {
        size_t now_many = count - from < GROUP ? count - from : GROUP;
        for (size_t i = 0; i < now_many; i++) {
            values[2 * i] = store_integer(now);
            values[2 * i + 1] = store_integer(devices[from + i]);
        }
        NP_TRY(store_run(store, &query, values, now_many, NULL, err));
    }
    return NP_OK;
}
