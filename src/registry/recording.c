/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/recording.h"

#include "base/format.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "registry/fleet_internal.h"
#include <stdlib.h>

enum { PARAMETERS_MAX = 8 };

/* One who is to be recorded. */
typedef struct newcomer {
    size_t place;
    np_admission *admission;
    np_bytes der; /* what is pinned */
    np_bytes spki;
    uint8_t certificate[NP_SHA256_SIZE];
    uint8_t key[NP_SHA256_SIZE];
    bool is_late; /* the verdict is not true any more: to be judged again */
} newcomer;

/* What one CA lets in, of a wave. */
typedef struct use {
    int64_t authority;
    uint64_t created;
    uint64_t room; /* so many it may create */
    bool is_late;
} use;

/* Newcomers of whom no two have anything in common that is recorded. */
typedef struct wave {
    np_store *store;
    int64_t now;
    newcomer all[NP_GATE_GROUP_MAX];
    size_t count;
    use uses[NP_GATE_GROUP_MAX];
    size_t use_count;
    size_t asked[NP_GATE_GROUP_MAX]; /* whom the statement that runs is about */
    uint64_t changed[NP_GATE_GROUP_MAX];
    store_value values[NP_GATE_GROUP_MAX * PARAMETERS_MAX];
} wave;

static bool creates(const np_admission *admission)
{
    return (admission->effects & NP_EFFECT_CREATE_DEVICE) != 0;
}

static np_bytes identifier_of(const np_admission *admission)
{
    return np_bytes_of(admission->identifier, admission->identifier_len);
}

static bool is_same_device(const np_admission *a, const np_admission *b)
{
    return a->org == b->org && np_bytes_equal(identifier_of(a), identifier_of(b));
}

static bool collide(const newcomer *a, const newcomer *b)
{
    return memcmp(a->certificate, b->certificate, sizeof(a->certificate)) == 0 ||
           memcmp(a->key, b->key, sizeof(a->key)) == 0 ||
           is_same_device(a->admission, b->admission);
}

static use *use_of(wave *self, const np_admission *admission)
{
    for (size_t i = 0; i < self->use_count; i++) {
        if (self->uses[i].authority == admission->authority) {
            return &self->uses[i];
        }
    }
    use *new = &self->uses[self->use_count++];
    *new = (use){.authority = admission->authority, .room = UINT64_MAX};
    return new;
}

/* Takes part in the wave, unless one that does is in the way. */
static np_code join(wave *self, const judging_group *group, size_t place, bool *ret_has_joined,
                    np_error *err)
{
    np_certificate pinned;
    newcomer *new = &self->all[self->count];
    *ret_has_joined = false;
    NP_TRY(np_certificate_parse(group->ret[place].pinned, &pinned, err));
    *new = (newcomer){
        .place = place, .admission = &group->ret[place], .der = pinned.der, .spki = pinned.spki};
    np_sha256(new->der, new->certificate);
    np_sha256(new->spki, new->key);
    for (size_t i = 0; i < self->count; i++) {
        if (collide(&self->all[i], new)) {
            return NP_OK;
        }
    }
    use *by = use_of(self, new->admission);
    if (creates(new->admission)) {
        by->room = new->admission->may_create_more;
        if (by->created == by->room) {
            return NP_OK; /* the others may use it up */
        }
        by->created++;
    }
    self->count++;
    *ret_has_joined = true;
    return NP_OK;
}

/* So that two gates that take several rows take them in one order. */
static int compare_uses(const void *a, const void *b)
{
    const use *left = a;
    const use *right = b;
    return (left->authority > right->authority) - (left->authority < right->authority);
}

/* Counts before anything is created: of two gates the second waits here, and sees the limit. */
static np_code count_uses(wave *self, np_error *err)
{
    static const store_query query = {
        "UPDATE authorities SET created = created + $1, last_used = $2 WHERE id = $3"
        " AND (CAST($1 AS BIGINT) = 0 OR create_limit IS NULL OR created + $1 <= create_limit)",
        3};
    qsort(self->uses, self->use_count, sizeof(*self->uses), compare_uses);
    for (size_t i = 0; i < self->use_count; i++) {
        store_value *set = &self->values[i * query.parameters];
        set[0] = store_integer((int64_t)self->uses[i].created);
        set[1] = store_integer(self->now);
        set[2] = store_integer(self->uses[i].authority);
    }
    NP_TRY(store_run(self->store, &query, self->values, self->use_count, self->changed, err));
    for (size_t i = 0; i < self->use_count; i++) {
        self->uses[i].is_late = self->changed[i] != 1;
    }
    for (size_t i = 0; i < self->count; i++) {
        self->all[i].is_late = use_of(self, self->all[i].admission)->is_late;
    }
    return NP_OK;
}

/* Rows of one kind */

typedef struct row_kind {
    store_query add;
    bool (*has_row)(const newcomer *one);
    void (*fill)(const newcomer *one, int64_t now, store_value *ret);
} row_kind;

static bool has_device(const newcomer *one)
{
    return creates(one->admission);
}

static void fill_device(const newcomer *one, int64_t now, store_value *ret)
{
    ret[0] = store_integer(one->admission->org);
    ret[1] = store_text(identifier_of(one->admission));
    ret[2] = store_integer(now);
    ret[3] = store_integer(one->admission->authority);
}

/* A renewed certificate is for a key that is on record. */
static bool has_key(const newcomer *one)
{
    return one->admission->reason != NP_REASON_RENEWED;
}

static void fill_key(const newcomer *one, int64_t now, store_value *ret)
{
    (void)now;
    ret[0] = store_blob(NP_BYTES(one->key));
    ret[1] = store_integer(one->admission->device);
}

static bool has_certificate(const newcomer *one)
{
    (void)one;
    return true;
}

static void fill_certificate(const newcomer *one, int64_t now, store_value *ret)
{
    const np_admission *admission = one->admission;
    bool is_leaf = memcmp(one->certificate, admission->leaf_sha256, sizeof(one->certificate)) == 0;
    ret[0] = store_blob(NP_BYTES(one->certificate));
    ret[1] = store_blob(NP_BYTES(one->key));
    ret[2] = store_integer(admission->authority);
    ret[3] = store_integer(is_leaf ? NP_PIN_LEAF : NP_PIN_ISSUER);
    ret[4] = store_blob(one->der);
    ret[5] = store_integer(now);
}

/* What is there already makes these fail: another gate was quicker, and the rule has to see it. */
static const row_kind devices = {
    .add = {"INSERT INTO devices (org, identifier, product, tags, description, state,"
            " certificates, rekey_until, first_seen, last_seen, added_at)"
            " SELECT $1, $2, product, tags, description, 0, 1, 0, $3, $3, $3"
            " FROM authorities WHERE id = $4",
            4},
    .has_row = has_device,
    .fill = fill_device,
};

static const row_kind keys = {
    .add = {"INSERT INTO keys (sha256, device, is_blocked) VALUES ($1, $2, 0)", 2},
    .has_row = has_key,
    .fill = fill_key,
};

static const row_kind certificates = {
    .add = {"INSERT INTO certificates (sha256, key_sha256, authority, pin, is_blocked, der,"
            " added_at) VALUES ($1, $2, $3, $4, 0, $5, $6)",
            6},
    .has_row = has_certificate,
    .fill = fill_certificate,
};

static np_code add_rows(wave *self, const row_kind *kind, np_error *err)
{
    size_t count = 0;
    for (size_t i = 0; i < self->count; i++) {
        if (!self->all[i].is_late && kind->has_row(&self->all[i])) {
            kind->fill(&self->all[i], self->now, &self->values[count++ * kind->add.parameters]);
        }
    }
    return count == 0 ? NP_OK
                      : store_insert_many(self->store, &kind->add, self->values, count, err);
}

static np_code take_number(void *self, size_t index, const store_value *columns, np_error *err)
{
    wave *to = self;
    (void)err;
    to->all[to->asked[index]].admission->device = columns[0].integer;
    return NP_OK;
}

/* The numbers that the database has given to those who were created. */
static np_code find_numbers(wave *self, np_error *err)
{
    static const store_query query = {"SELECT id FROM devices WHERE org = $1 AND identifier = $2",
                                      2};
    const store_visitor visitor = {take_number, self};
    size_t count = 0;
    for (size_t i = 0; i < self->count; i++) {
        const np_admission *admission = self->all[i].admission;
        if (!self->all[i].is_late && creates(admission)) {
            self->values[count * query.parameters] = store_integer(admission->org);
            self->values[count * query.parameters + 1] = store_text(identifier_of(admission));
            self->asked[count++] = i;
        }
    }
    return count == 0 ? NP_OK
                      : store_select_many(self->store, &query, self->values, count, &visitor, err);
}

/*
 * A device as the rule has seen it, once more in the condition: where transactions see what others
 * commit meanwhile, another gate, or its owner, may have been quicker.
 */
static const store_query note_first = {
    "UPDATE devices SET certificates = certificates + 1, first_seen = coalesce(first_seen, $1),"
    " last_seen = $1,"
    " rekey_until = CASE WHEN CAST($2 AS BIGINT) = 1 THEN 0 ELSE rekey_until END"
    " WHERE id = $3 AND org = $4 AND state = 0"
    " AND (CAST($5 AS BIGINT) = 0 OR certificates = 0)"
    " AND (CAST($2 AS BIGINT) = 0 OR rekey_until > $1)",
    5};

static np_code note_devices(wave *self, np_error *err)
{
    size_t count = 0;
    for (size_t i = 0; i < self->count; i++) {
        const np_admission *admission = self->all[i].admission;
        if (!self->all[i].is_late && !creates(admission)) {
            store_value *set = &self->values[count * note_first.parameters];
            bool is_rekeyed = (admission->effects & NP_EFFECT_CLOSE_REKEY) != 0;
            set[0] = store_integer(self->now);
            set[1] = store_integer(is_rekeyed ? 1 : 0);
            set[2] = store_integer(admission->device);
            set[3] = store_integer(admission->org);
            set[4] = store_integer(admission->reason == NP_REASON_REGISTERED ? 1 : 0);
            self->asked[count++] = i;
        }
    }
    if (count > 0) {
        NP_TRY(store_run(self->store, &note_first, self->values, count, self->changed, err));
    }
    for (size_t i = 0; i < count; i++) {
        self->all[self->asked[i]].is_late = self->changed[i] != 1;
    }
    return NP_OK;
}

/* What is recorded here is a change like those that people make. */
static np_code note_changes(const wave *self, np_error *err)
{
    const np_actor gate = {.name = "gate", .now = self->now};
    char org[NP_ORG_NAME_MAX + 1] = "";
    int64_t named = 0;
    for (size_t i = 0; i < self->count; i++) {
        const newcomer *one = &self->all[i];
        const char *reason = np_reason_at(one->admission->reason)->name;
        char hex[2 * NP_SHA256_SIZE + 1];
        char what[128];
        if (one->is_late) {
            continue;
        }
        if (named != one->admission->org) {
            NP_TRY(np_org_name(self->store, one->admission->org, org, err));
            named = one->admission->org;
        }
        np_format_hex(NP_BYTES(one->certificate), hex);
        np_format(what, sizeof(what), "device %s certificate %s", reason, hex);
        NP_TRY(fleet_note_change(self->store, &gate, what, np_bytes_text(org),
                                 identifier_of(one->admission), err));
    }
    return NP_OK;
}

static np_code write_wave(wave *self, np_error *err)
{
    if (self->count == 0) {
        return NP_OK;
    }
    NP_TRY(count_uses(self, err));
    NP_TRY(add_rows(self, &devices, err));
    NP_TRY(find_numbers(self, err));
    NP_TRY(note_devices(self, err));
    NP_TRY(add_rows(self, &keys, err));
    NP_TRY(add_rows(self, &certificates, err));
    return note_changes(self, err);
}

/* Judges those at the places, and records a wave of them; *count of places are left then. */
static np_code record_wave(wave *self, const judging_group *group, size_t *places, size_t *count,
                           np_error *err)
{
    size_t left = 0;
    self->count = 0;
    self->use_count = 0;
    NP_TRY(judging_judge(self->store, group, places, *count, err));
    for (size_t i = 0; i < *count; i++) {
        bool has_joined = true;
        if (judging_wants_record(&group->ret[places[i]])) {
            NP_TRY(join(self, group, places[i], &has_joined, err));
        }
        if (!has_joined) {
            places[left++] = places[i];
        }
    }
    NP_TRY(write_wave(self, err));
    for (size_t i = 0; i < self->count; i++) {
        if (self->all[i].is_late) {
            places[left++] = self->all[i].place;
        }
    }
    *count = left;
    return NP_OK;
}

static np_code record_waves(wave *self, const judging_group *group, size_t *places, size_t count,
                            np_error *err)
{
    enum { IN_VAIN_MAX = 10 }; /* each means that another gate has got on; not tuned */
    unsigned in_vain = 0;
    while (count > 0 && in_vain < IN_VAIN_MAX) {
        size_t before = count;
        NP_TRY(record_wave(self, group, places, &count, err));
        in_vain = count < before ? 0 : in_vain + 1;
    }
    return count == 0 ? NP_OK : store_raise(err, self->store->name, STORE_TRANSIENT, NULL);
}

np_code recording_write(np_store *store, const judging_group *group, const size_t *places,
                        size_t count, np_error *err)
{
    size_t left[NP_GATE_GROUP_MAX];
    wave *self = malloc(sizeof(*self));
    if (self == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for a group of %zu", count);
    }
    self->store = store;
    self->now = group->options->now;
    memcpy(left, places, count * sizeof(*places));
    np_code code = record_waves(self, group, left, count, err);
    free(self);
    return code;
}
