/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/questions.h"

#include "crypto/hash.h"
#include "registry/known.h"
#include <stdlib.h>

enum {
    BUCKETS = 1024, /* some questions each of a group; not tuned */
    PARAMETERS_MAX = 2,
    NONE = 0,
};

typedef enum question_kind {
    ASK_CERTIFICATE,
    ASK_KEY,
    ASK_DEVICE,
    ASK_AUTHORITIES,
    QUESTION_KIND_COUNT
} question_kind;

typedef struct authority {
    struct authority *next;
    np_known_authority known;
    uint8_t der[];
} authority;

typedef struct question {
    question_kind kind;
    uint8_t digest[NP_SHA256_SIZE]; /* of what is asked */
    size_t next;                    /* place + 1 of the next in the bucket; NONE: the last */
    bool is_found;
    np_known_credential
        credential;         /* its device alone for ASK_DEVICE, which begins as the question */
    authority *authorities; /* heap */
} question;

/* Questions stand in the order in which they came, so that the open ones are the last. */
struct questions {
    np_store *store;
    question *all; /* heap */
    size_t count;
    size_t room;
    size_t answered;
    size_t buckets[BUCKETS]; /* place + 1 of the first; NONE: empty */
    store_value *values;     /* heap: of the statement that runs, for each that has room */
    size_t *asked;           /* heap: which those are */
};

np_code questions_create(np_store *store, questions **ret, np_error *err)
{
    *ret = calloc(1, sizeof(**ret));
    if (*ret == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for questions");
    }
    (*ret)->store = store;
    return NP_OK;
}

static void free_authorities(authority *first)
{
    while (first != NULL) {
        authority *next = first->next;
        free(first);
        first = next;
    }
}

void questions_free(questions *self)
{
    if (self == NULL) {
        return;
    }
    for (size_t i = 0; i < self->count; i++) {
        free_authorities(self->all[i].authorities);
    }
    free(self->all);
    free(self->values);
    free(self->asked);
    free(self);
}

static np_code make_room(questions *self, np_error *err)
{
    size_t room = self->room == 0 ? 64 : 2 * self->room;
    if (self->count < self->room) {
        return NP_OK;
    }
    question *all = reallocarray(self->all, room, sizeof(*all));
    self->all = all == NULL ? self->all : all;
    store_value *values = reallocarray(self->values, room, PARAMETERS_MAX * sizeof(*values));
    self->values = values == NULL ? self->values : values;
    size_t *asked = reallocarray(self->asked, room, sizeof(*asked));
    self->asked = asked == NULL ? self->asked : asked;
    if (all == NULL || values == NULL || asked == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for questions");
    }
    self->room = room;
    return NP_OK;
}

static size_t *bucket_of(questions *self, question_kind kind, const uint8_t *digest)
{
    size_t mixed = (size_t)digest[0] << 8 | digest[1];
    return &self->buckets[(mixed + (size_t)kind) % BUCKETS];
}

/* The question, which is put now if it was not before. It lives until the next one is put. */
static np_code put(questions *self, question_kind kind, const uint8_t digest[static NP_SHA256_SIZE],
                   question **ret, np_error *err)
{
    size_t *bucket = bucket_of(self, kind, digest);
    for (size_t place = *bucket; place != NONE; place = self->all[place - 1].next) {
        *ret = &self->all[place - 1];
        if ((*ret)->kind == kind && memcmp((*ret)->digest, digest, NP_SHA256_SIZE) == 0) {
            return NP_OK;
        }
    }
    *ret = NULL;
    NP_TRY(make_room(self, err));
    *ret = &self->all[self->count++];
    (*ret)->kind = kind;
    memcpy((*ret)->digest, digest, NP_SHA256_SIZE);
    (*ret)->next = *bucket;
    (*ret)->is_found = false;
    (*ret)->authorities = NULL;
    *bucket = self->count;
    return NP_OK;
}

static bool is_answered(const questions *self, const question *one)
{
    return (size_t)(one - self->all) < self->answered;
}

np_code questions_expect_certificate(questions *self, const uint8_t sha256[static 32],
                                     np_error *err)
{
    question *one;
    return put(self, ASK_CERTIFICATE, sha256, &one, err);
}

np_code questions_expect_key(questions *self, const uint8_t sha256[static 32], np_error *err)
{
    question *one;
    return put(self, ASK_KEY, sha256, &one, err);
}

np_code questions_expect_authorities(questions *self, np_bytes subject, np_error *err)
{
    question *one;
    uint8_t digest[NP_SHA256_SIZE];
    np_sha256(subject, digest);
    return put(self, ASK_AUTHORITIES, digest, &one, err);
}

/* The rule's questions */

static np_code find_credential(questions *self, question_kind kind, const uint8_t *sha256,
                               np_known_credential *ret, bool *ret_is_found, np_error *err)
{
    question *one;
    *ret_is_found = false;
    NP_TRY(put(self, kind, sha256, &one, err));
    if (!is_answered(self, one)) {
        return (np_code)QUESTIONS_OPEN;
    }
    *ret_is_found = one->is_found;
    if (one->is_found) {
        *ret = one->credential;
    }
    return NP_OK;
}

static np_code find_certificate(void *self, const uint8_t sha256[static 32],
                                np_known_credential *ret, bool *ret_is_found, np_error *err)
{
    return find_credential(self, ASK_CERTIFICATE, sha256, ret, ret_is_found, err);
}

static np_code find_key(void *self, const uint8_t sha256[static 32], np_known_credential *ret,
                        bool *ret_is_found, np_error *err)
{
    return find_credential(self, ASK_KEY, sha256, ret, ret_is_found, err);
}

static np_code find_device(void *self, int64_t org, np_bytes identifier, np_known_device *ret,
                           bool *ret_is_found, np_error *err)
{
    questions *all = self;
    question *one;
    uint8_t text[sizeof(uint64_t) + NP_IDENTIFIER_MAX];
    uint8_t digest[NP_SHA256_SIZE];
    np_writer writer = np_writer_of(text, sizeof(text));
    *ret_is_found = false;
    np_write_u64_be(&writer, (uint64_t)org);
    np_write_bytes(&writer, identifier);
    np_sha256(np_writer_bytes(&writer), digest);
    NP_TRY(put(all, ASK_DEVICE, digest, &one, err));
    np_known_device *device = &one->credential.device;
    if (!is_answered(all, one)) {
        device->org = org;
        device->identifier_len = identifier.len;
        memcpy(device->identifier, identifier.data, identifier.len);
        return (np_code)QUESTIONS_OPEN;
    }
    *ret_is_found = one->is_found;
    if (one->is_found) {
        *ret = *device;
    }
    return NP_OK;
}

static np_code visit_authorities(void *self, np_bytes subject,
                                 void (*visit)(void *context, const np_known_authority *authority),
                                 void *context, np_error *err)
{
    question *one;
    uint8_t digest[NP_SHA256_SIZE];
    np_sha256(subject, digest);
    NP_TRY(put(self, ASK_AUTHORITIES, digest, &one, err));
    if (!is_answered(self, one)) {
        return (np_code)QUESTIONS_OPEN;
    }
    for (const authority *at = one->authorities; at != NULL; at = at->next) {
        visit(context, &at->known);
    }
    return NP_OK;
}

np_admission_store questions_table(questions *self)
{
    return (np_admission_store){.find_certificate = find_certificate,
                                .find_key = find_key,
                                .find_device = find_device,
                                .visit_authorities = visit_authorities,
                                .self = self};
}

/* The store's answers */

static question *question_at(void *self, size_t index)
{
    const questions *all = self;
    return &all->all[all->asked[index]];
}

static np_code take_credential(void *self, size_t index, const store_value *columns, np_error *err)
{
    question *one = question_at(self, index);
    one->is_found = true;
    return known_take_credential(columns, &one->credential, err);
}

static np_code take_device(void *self, size_t index, const store_value *columns, np_error *err)
{
    question *one = question_at(self, index);
    one->is_found = true;
    return known_take_device(columns, &one->credential.device, err);
}

static np_code take_authority(void *self, size_t index, const store_value *columns, np_error *err)
{
    question *one = question_at(self, index);
    np_known_authority known = known_take_authority(columns);
    authority *new = malloc(sizeof(*new) + known.der.len);
    if (new == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for answers");
    }
    memcpy(new->der, known.der.data, known.der.len);
    new->known = known;
    new->known.der = np_bytes_of(new->der, known.der.len);
    new->next = one->authorities;
    one->authorities = new;
    return NP_OK;
}

static void put_digest(const question *one, store_value *ret)
{
    ret[0] = store_blob(NP_BYTES(one->digest));
}

static void put_device(const question *one, store_value *ret)
{
    const np_known_device *device = &one->credential.device;
    ret[0] = store_integer(device->org);
    ret[1] = store_text(np_bytes_of(device->identifier, device->identifier_len));
}

typedef struct kind_row {
    const store_query *query;
    void (*put)(const question *one, store_value *ret);
    np_code (*take)(void *self, size_t index, const store_value *columns, np_error *err);
} kind_row;

static const kind_row kinds[QUESTION_KIND_COUNT] = {
    [ASK_CERTIFICATE] = {&known_certificate, put_digest, take_credential},
    [ASK_KEY] = {&known_key, put_digest, take_credential},
    [ASK_DEVICE] = {&known_device, put_device, take_device},
    [ASK_AUTHORITIES] = {&known_authorities, put_digest, take_authority},
};

static np_code answer_kind(questions *self, question_kind kind, np_error *err)
{
    const kind_row *row = &kinds[kind];
    const store_visitor visitor = {row->take, self};
    size_t count = 0;
    for (size_t i = self->answered; i < self->count; i++) {
        if (self->all[i].kind == kind) {
            row->put(&self->all[i], self->values + count * row->query->parameters);
            self->asked[count++] = i;
        }
    }
    return count == 0
               ? NP_OK
               : store_select_many(self->store, row->query, self->values, count, &visitor, err);
}

np_code questions_answer(questions *self, np_error *err)
{
    for (question_kind kind = 0; kind < QUESTION_KIND_COUNT; kind++) {
        NP_TRY(answer_kind(self, kind, err));
    }
    self->answered = self->count;
    return NP_OK;
}
